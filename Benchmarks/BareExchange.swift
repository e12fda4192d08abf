import BMSProtocols
import Glibc

/// The floor of the program's processor time: the bytes of a second of it, in as many wake-ups, from a bare thread.
struct BareExchange {
    /// Frames that leave in a second: ten in every one, and nine in every tenth.
    private static let frames = 11
    /// As the schedule spaces them, ns.
    private static let spacing: Int64 = 20_000_000
    private static let frame = Array("t35180102030405060708\r".utf8)

    private let battery: BareTerminal
    private let adapter: BareTerminal
    private let request = TinyBMSLiveBlock.request.bytes

    init(_ battery: BareTerminal, _ adapter: BareTerminal) {
        self.battery = battery
        self.adapter = adapter
    }

    /// Exchanges once a second.
    ///
    /// - Returns: seconds of processor time that it took.
    func run(seconds: Int) -> Double {
        Self.frames(adapter, seconds: seconds) {
            Self.ask(request, battery.slave, least: TinyBMSLiveBlock.frameLength)
        }
    }

    /// Sends the frames of so many seconds, each taken by the adapter before the next.
    ///
    /// - Returns: seconds of processor time that it took.
    static func frames(_ adapter: BareTerminal, seconds: Int, everySecond: () -> Void = {}) -> Double {
        let before = Bare.threadTime
        var next = Bare.now
        for _ in 0..<max(1, seconds) {
            everySecond()
            for number in 0..<frames {
                Bare.sleep(until: next + Int64(number + 1) * spacing)
                Bare.write(frame, to: adapter.slave)
                var answer: [UInt8] = []
                if Bare.wait(for: adapter.slave, or: -1, milliseconds: 15).first {
                    Bare.read(adapter.slave, into: &answer)
                }
            }
            next += 1_000_000_000
            Bare.sleep(until: next)
        }
        return Double(Bare.threadTime - before) / 1e9
    }

    /// What is asked, and how long after the first moment, ns.
    struct Request: Sendable {
        var offset: Int64
        var bytes: [UInt8]
    }

    /// Sends requests to whoever answers at the other end of a terminal.
    ///
    /// - Returns: seconds of processor time that it took.
    static func requests(_ requests: [Request], _ path: String) -> Double {
        let slave = unsafe open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        defer { close(slave) }
        let before = Bare.threadTime
        let began = Bare.now
        for request in requests {
            Bare.sleep(until: began + request.offset)
            ask(request.bytes, slave, least: 1)
        }
        return Double(Bare.threadTime - before) / 1e9
    }

    // MARK: - Private

    /// Sends a request and waits for so many bytes of an answer.
    private static func ask(_ request: [UInt8], _ slave: Int32, least: Int) {
        Bare.write(request, to: slave)
        var answer: [UInt8] = []
        while answer.count < least, Bare.wait(for: slave, or: -1, milliseconds: 300).first {
            guard Bare.read(slave, into: &answer) else { return }
        }
    }
}
