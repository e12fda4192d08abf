import Links
import Simulator
import Synchronization

/// What went over a simulated BMS's wire.
final class Traffic: Sendable {
    /// So much of it.
    struct Count: Sendable {
        /// Both ways.
        var bytes = 0
        /// Requests that were answered.
        var requests = 0
        /// Time that the BMS took before its answers.
        var thinking = Duration.zero

        static func + (one: Count, other: Count) -> Count {
            Count(
                bytes: one.bytes + other.bytes, requests: one.requests + other.requests,
                thinking: one.thinking + other.thinking)
        }

        static func - (one: Count, other: Count) -> Count {
            Count(
                bytes: one.bytes - other.bytes, requests: one.requests - other.requests,
                thinking: one.thinking - other.thinking)
        }
    }

    private let sum = Mutex(Count())

    /// All since the start.
    var count: Count { sum.withLock { $0 } }

    func add(_ count: Count) { sum.withLock { $0 = $0 + count } }
}

/// A simulated BMS whose wire is metered.
struct MeteredBMS: SimulatedBMS {
    private var bms: any SimulatedBMS
    private let traffic: Traffic

    init(_ bms: any SimulatedBMS, _ traffic: Traffic) { (self.bms, self.traffic) = (bms, traffic) }

    var family: String { bms.family }
    var baudRate: Int { bms.baudRate }
    var pack: PackModel {
        get { bms.pack }
        set { bms.pack = newValue }
    }
    var condition: BMSCondition {
        get { bms.condition }
        set { bms.condition = newValue }
    }

    mutating func receive(_ bytes: [UInt8], at now: Duration) -> [Transmission] {
        let answers = bms.receive(bytes, at: now)
        traffic.add(
            answers.reduce(Traffic.Count(bytes: bytes.count)) {
                $0 + Traffic.Count(bytes: $1.bytes.count, requests: 1, thinking: $1.delay)
            })
        return answers
    }

    mutating func advance(to now: Duration, by time: Duration, demand: Double) -> [Transmission] {
        bms.advance(to: now, by: time, demand: demand)
    }

    mutating func restart() { bms.restart() }

    var runningCounter: UInt32? { bms.runningCounter }
    // Nothing is falsified on a metered wire, and nobody asks what it tells.
    static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {}
    static func cells(in answer: [UInt8]) -> Range<Int>? { nil }
    static func told(_ celsius: Double) -> Double? { celsius }
}

/// The wire of the requests, which a pseudo-terminal does not have: each arrives when its last byte would.
final class RequestWire: ByteLink {
    private let link: any ByteLink
    private let loop: any Loop
    private let byteTime: Duration

    init(_ link: any ByteLink, baudRate: Int, loop: any Loop) {
        (self.link, self.loop) = (link, loop)
        byteTime = .nanoseconds(10_000_000_000 / Int64(baudRate))
    }

    var name: String { link.name }
    var unsent: Int { link.unsent }
    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { link.listen(receiver) }
    func discardInput() { link.discardInput() }
    func close() { link.close() }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        loop.schedule(at: loop.now + byteTime * bytes.count) { [link] in try? link.write(bytes) }
    }
}
