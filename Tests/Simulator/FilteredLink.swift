import Links

/// A link that changes what arrives: late, twice, glued, in pieces. Used on its loop alone, as `ByteLink` asks.
final class FilteredLink: ByteLink, @unchecked Sendable {
    /// What becomes of bytes that arrive, counted from 1, so long after the link was opened: pieces with their delay.
    typealias Change =
        @Sendable (_ bytes: [UInt8], _ number: Int, _ time: Duration) -> [(
            delay: Duration, bytes: [UInt8]
        )]

    private let link: any ByteLink
    private let loop: VirtualLoop
    private let change: Change
    private let began: Instant
    private var number = 0

    init(_ link: any ByteLink, _ loop: VirtualLoop, _ change: @escaping Change) {
        (self.link, self.loop, self.change, began) = (link, loop, change, loop.now)
    }

    var name: String { link.name }
    var unsent: Int { link.unsent }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        link.listen { [self] event in
            guard case .received(let bytes, _) = event else { return receiver(event) }
            number += 1
            for (delay, piece) in change(bytes, number, loop.now - began) where !piece.isEmpty {
                loop.schedule(at: loop.now + delay) { [loop] in receiver(.received(piece, at: loop.now)) }
            }
        }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) { try link.write(bytes) }
    func discardInput() { link.discardInput() }
    func close() { link.close() }
}

/// What wires do.
extension FilteredLink {
    /// Damages one of the answers.
    static func damaging(_ answer: Int, _ damage: @escaping @Sendable (inout [UInt8]) -> Void) -> Change {
        { bytes, number, _ in
            guard number == answer, bytes.count > 50 else { return [(.zero, bytes)] }
            var damaged = bytes
            damage(&damaged)
            return [(.zero, damaged)]
        }
    }

    /// Hands over every byte by itself, at the pace of 115200 baud.
    static let singly: Change = { bytes, _, _ in
        bytes.enumerated().map { (.microseconds(87 * $0.offset), [$0.element]) }
    }

    /// Lets every answer come twice.
    static let doubled: Change = { bytes, _, _ in [(.zero, bytes), (.milliseconds(3), bytes)] }
}
