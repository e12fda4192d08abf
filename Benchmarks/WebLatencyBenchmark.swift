import BMSProtocols
import CLinux
import Glibc

/// From the last byte of a BMS answer to its number in a WebSocket client, with the program as a process.
///
/// Every answer raises the lowest cell by 0.1 mV, so that each number is new; the client notes when it comes.
enum WebLatencyBenchmark {
    static func run(_ world: ProgramWorld, isLong: Bool) async throws -> [Figure] {
        let wanted = isLong ? 1500 : 300
        let seconds = 10 + Double(wanted) * 0.12
        let (script, seen) = try await world.claimed(
            CellScript(wanted: wanted), seconds: seconds, pollInterval: 100
        ) { session, _ throws(BenchmarkFailure) in try watch(session, until: wanted) }
        var gateway: [Double] = []
        for (number, moment) in seen {
            if let answered = script.answered[number] { gateway.append(Double(moment - answered) / 1e6) }
        }
        let floor = try await floor(count: wanted)
        // The first answers go before there is a client, and some while it joins.
        guard gateway.count >= wanted * 8 / 10, floor.count == wanted else {
            throw BenchmarkFailure("web-latency: \(gateway.count) of \(wanted) numbers came")
        }
        return figures(Samples(gateway), Samples(floor))
    }

    // MARK: - Private

    private static func figures(_ gateway: Samples, _ floor: Samples) -> [Figure] {
        [("p50", 50.0), ("p99", 99)].map { name, percent in
            Figure(
                "web latency \(name)", gateway.percentile(percent) ?? .nan, "ms",
                limit: .init("bare tty to socket, \(name)", floor.percentile(percent) ?? .nan),
                bar: percent > 50 ? .atMost(20) : nil, count: gateway.count,
                note: percent > 50 ? "" : "last byte of a BMS answer to the cell's number in a WebSocket client")
        }
    }

    /// When each number came first.
    private static func watch(_ session: WebSession, until wanted: Int) throws(BenchmarkFailure) -> [Int: Int64] {
        let socket = try session.open("/ws/telemetry")
        // The picture as a whole: its numbers were there before.
        _ = try socket.text()
        var seen: [Int: Int64] = [:]
        var last = 0
        while last < wanted {
            let text = try socket.text()
            let now = Bare.now
            guard let number = CellScript.number(in: text) else { continue }
            if seen[number] == nil { seen[number] = now }
            last = number
        }
        return seen
    }

    /// The floor: as many bytes from one thread through a tty to another, and from there through a socket, ms.
    private static func floor(count: Int) async throws -> [Double] {
        let terminal = try BareTerminal()
        var pair: [Int32] = [0, 0]
        guard unsafe socketpair(AF_UNIX, cellbridge_stream_socket, 0, &pair) == 0 else {
            throw BenchmarkFailure("web-latency: no pair of sockets (errno \(errno))")
        }
        let (near, far) = (pair[0], pair[1])
        defer {
            close(near)
            close(far)
        }
        let stop = StopFlag()
        async let relay: Void = BenchmarkThread.run("relay") {
            let message = [UInt8](repeating: 120, count: 2000)
            var answer: [UInt8] = []
            while !stop.isRaised {
                guard Bare.wait(for: terminal.slave, or: -1, milliseconds: 100).first else { continue }
                Bare.read(terminal.slave, into: &answer)
                guard answer.count >= TinyBMSLiveBlock.frameLength else { continue }
                answer.removeAll(keepingCapacity: true)
                Bare.write(message, to: near)
            }
        }
        let samples = try await BenchmarkThread.run("device") {
            let answer = [UInt8](repeating: 1, count: TinyBMSLiveBlock.frameLength)
            var samples: [Double] = []
            for _ in 0..<count {
                Bare.sleep(until: Bare.now + 5_000_000)
                let began = Bare.now
                Bare.write(answer, to: terminal.master)
                var message: [UInt8] = []
                while message.count < 2000, Bare.wait(for: far, or: -1, milliseconds: 1000).first {
                    Bare.read(far, into: &message)
                }
                samples.append(Double(Bare.now - began) / 1e6)
            }
            stop.raise()
            return samples
        }
        try await relay
        return samples
    }
}

/// Gives the first cell another voltage with every answer, and notes when each left.
private struct CellScript: DeviceScript {
    /// 3.2 V in the unit of the wire, 0.1 mV.
    private static let first = 32_000
    /// As it stands in a message, up to the number.
    private static let key = Array(#""cells":[{"index":1,"voltage_v":"#.utf8)

    var battery = BatteryDevice(lowestCell: 3.2)
    let thinkingTime: Int64 = 1_000_000
    let adapterAnswers = true
    let wanted: Int
    /// By the number of the answer, from 1.
    private(set) var answered: [Int: Int64] = [:]
    private var number = 0

    init(wanted: Int) { self.wanted = wanted }

    /// The client has to see the last one.
    var isFinished: Bool { number > wanted + 5 }

    mutating func willAnswer() {
        number += 1
        battery.lowestCell = Double(Self.first + number) / 10_000
    }

    mutating func answers(at now: Int64) { answered[number] = now }
    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64) {}

    /// The number of the answer whose cell a message shows; nil where it shows none.
    static func number(in message: [UInt8]) -> Int? {
        guard let first = key.first else { return nil }
        for start in message.indices where message[start] == first && message[start...].starts(with: key) {
            let digits = message[(start + key.count)...].prefix { $0 != UInt8(ascii: ",") }
            return Double(String(decoding: digits, as: UTF8.self)).map { Int(($0 * 10_000).rounded()) - Self.first }
        }
        return nil
    }
}
