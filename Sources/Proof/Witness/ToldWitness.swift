/// Follows a pack whose bytes the checker cannot read: what its BMS said is told by the world, and this one sees whether it
/// arrived.
///
/// Whatever arrives whole, wherever, late or twice, may have been believed; a careful reader believes what came alone and
/// in time on a line without damage. Constant memory.
struct ToldWitness {
    /// Answers that may still arrive: with those before it, the newest last.
    private var said: [Saying] = []
    private var stream: [UInt8] = []
    /// When the newest request was sent.
    private var asked: Int64 = 0
    private var isAnswered = true
    private var lastDamage: Int64?
    /// What the newest answer with the cells said.
    private var previous: LiveValues?

    private static let mostSayings = 8
    /// Longer than any answer, and a little noise.
    private static let mostBytes = 1024
    /// At 9600 bit/s an answer takes time, and boards think.
    private static let promptness: Int64 = 400_000

    /// The BMS was asked, and perhaps nobody was there.
    mutating func wentToBMS(at now: Int64) {
        if !isAnswered || !stream.isEmpty { lastDamage = now }
        (asked, isAnswered) = (now, false)
        stream.removeAll(keepingCapacity: true)
    }

    /// The BMS answers.
    mutating func said(_ saying: Saying) {
        if said.count == Self.mostSayings { said.removeFirst() }
        said.append(saying)
    }

    /// Bytes reached the gateway; `found` is called with each answer with the cells that is complete now, in order.
    mutating func cameFromBMS(_ bytes: [UInt8], pack: Int, at now: Int64, _ found: (Answer) -> Void) {
        if isAnswered { lastDamage = now }
        stream += bytes
        while let (index, end) = next() {
            let saying = said[index]
            let isAsked = index == said.count - 1 && !isAnswered
            let isAlone = isAsked && stream == saying.bytes
            if isAsked { isAnswered = true }
            if !isAlone || saying.isFalsified { lastDamage = now }
            stream.removeFirst(end)
            guard let values = saying.values ?? (saying.isFalsified ? LiveValues.nothing : nil) else { continue }
            let isClean = lastDamage.map { now - $0 > UARTWitness.caution } ?? true
            let isCertain = isAlone && isClean && !saying.isFalsified && now - asked <= Self.promptness
            var answer = Answer(
                pack: pack, began: isAsked ? asked : now, completed: now, isCertain: isCertain, values: values)
            answer.isFalsified = saying.isFalsified
            answer.isConfirmed = !saying.isFalsified && previous.map { values.resembles($0) } ?? false
            previous = saying.isFalsified ? nil : values
            found(answer)
        }
        guard stream.count > Self.mostBytes else { return }
        lastDamage = now
        stream.removeFirst(stream.count - Self.mostBytes)
    }

    mutating func suspect(at now: Int64) { lastDamage = now }

    /// A new process reads now: it knows no request, and no damage.
    mutating func restart() { self = ToldWitness() }

    // MARK: - Private

    /// The first answer in the stream and where it ends, the newest where several are alike.
    private func next() -> (index: Int, end: Int)? {
        if let last = said.last, last.bytes == stream { return stream.isEmpty ? nil : (said.count - 1, stream.count) }
        var first: (index: Int, end: Int)?
        for index in said.indices.reversed() {
            let saying = said[index]
            guard let end = Self.end(of: saying.bytes[saying.core], in: stream), first.map({ end < $0.end }) ?? true
            else {
                continue
            }
            let whole = Self.end(of: saying.bytes[...], in: stream)
            first = (index, whole ?? end)
        }
        return first
    }

    private static func end(of bytes: ArraySlice<UInt8>, in stream: [UInt8]) -> Int? {
        guard let first = bytes.first, bytes.count <= stream.count else { return nil }
        for start in 0...stream.count - bytes.count
        where stream[start] == first && stream[start..<start + bytes.count].elementsEqual(bytes) {
            return start + bytes.count
        }
        return nil
    }
}

/// What a BMS said, as the world tells it.
package struct Saying: Sendable, Hashable {
    /// The answer as it left the BMS, falsified or not.
    package var bytes: [UInt8]
    /// Those of them that are enough for a reader.
    package var core: Range<Int>
    /// What it says of the battery; nil for an answer without the cells.
    package var values: LiveValues?
    /// Somebody on the wire changed it and mended its checksum: it may have said anything.
    package var isFalsified: Bool

    package init(_ bytes: [UInt8], core: Range<Int>? = nil, _ values: LiveValues?, isFalsified: Bool = false) {
        (self.bytes, self.values, self.isFalsified) = (bytes, values, isFalsified)
        self.core = (core ?? bytes.indices).clamped(to: bytes.indices)
    }
}
