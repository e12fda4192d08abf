import BMSProtocols
import Links

/// From the last byte of a BMS answer that forces a lower limit to the complete 0x351 at the CAN adapter.
///
/// Every answer lowers the lowest cell by 0.1 mV on the steep part of its curve, so that every one must lower the
/// discharge current limit by a step of the wire and let a 0x351 leave at once (S6).
enum LatencyBenchmark {
    /// Samples of one pair of poller and publisher: from 3.185 V on every step still lowers the limit.
    private static let roundLength = 1000
    private static let rounds = 10

    static func run() async throws -> [Figure] {
        let loop = try EventLoop(name: "control")
        var gateway: [Double] = []
        var floor: [Double] = []
        var late = 0
        // Turn about, so that both see the same machine.
        for _ in 0..<rounds {
            let script = try await gatewayRound(loop)
            gateway += script.samples
            late += script.late
            floor += try await floorRound().samples
        }
        guard gateway.count == rounds * roundLength else {
            throw BenchmarkFailure("latency: \(gateway.count) of \(rounds * roundLength) lower limits came")
        }
        return figures(Samples(gateway), Samples(floor), late)
    }

    // MARK: - Private

    private static func figures(_ gateway: Samples, _ floor: Samples, _ late: Int) -> [Figure] {
        func figure(_ name: String, _ percent: Double, _ bar: Figure.Bar?, note: String = "") -> Figure {
            Figure(
                "latency \(name)", gateway.percentile(percent) ?? .nan, "µs",
                limit: .init("bare ping-pong over the same ttys, \(name)", floor.percentile(percent) ?? .nan), bar: bar,
                count: gateway.count, note: note)
        }
        return [
            figure(
                "p50", 50, .ratioAtMost(3),
                note: "last byte of a BMS answer to the complete 0x351, pty to pty; floor: 117 bytes in, 22 out; "
                    + "\(late) came after the next request"),
            figure("p99", 99, .atMost(1000)), figure("p99.9", 99.9, nil), figure("max", 100, nil),
        ]
    }

    private static func gatewayRound(_ loop: EventLoop) async throws -> LatencyScript {
        let (battery, adapter) = (try BareTerminal(), try BareTerminal())
        var rig = GatewayRig(loop: loop)
        rig.pollInterval = .zero
        rig.maximumDischarge = 3000
        return try await rig.run(battery: battery, adapter: adapter) {
            try await Devices.play(
                LatencyScript(wanted: roundLength, isFloor: false), battery: battery, adapter: adapter, seconds: 30)
        }
    }

    private static func floorRound() async throws -> LatencyScript {
        let (battery, adapter) = (try BareTerminal(), try BareTerminal())
        let stop = StopFlag()
        async let echo: Void = BenchmarkThread.run("echo") { BareEcho(battery, adapter).run(until: stop) }
        let script = try await Devices.play(
            LatencyScript(wanted: roundLength, isFloor: true), battery: battery, adapter: adapter, seconds: 30,
            whenDone: { stop.raise() })
        try await echo
        return script
    }
}

/// Lowers the cell with every answer, and times the limit that follows.
private struct LatencyScript: DeviceScript {
    var battery = BatteryDevice(lowestCell: 3.185)
    /// As long as the BMS's own, less what makes the run long: the gateway is asleep by then.
    let thinkingTime: Int64 = 300_000
    let adapterAnswers = true
    let wanted: Int
    /// Any 0x351 counts, whatever it says.
    let isFloor: Bool

    /// µs.
    private(set) var samples: [Double] = []
    /// Answers whose lower limit had not come when the next was asked for; timed all the same.
    private(set) var late = 0
    private var steps = 0
    private var last: Int?
    private var waitingSince: Int64?

    /// The curve looks at the median of three readings: the first ones only fill it.
    private static let settling = 5

    init(wanted: Int, isFloor: Bool) {
        self.wanted = wanted
        self.isFloor = isFloor
    }

    var isFinished: Bool { samples.count >= wanted }

    mutating func willAnswer() {
        guard isFloor || last != nil else { return }
        if waitingSince != nil { late += 1 }
        steps += 1
        battery.lowestCell -= 0.0001
    }

    mutating func answers(at now: Int64) {
        if steps > Self.settling, waitingSince == nil { waitingSince = now }
    }

    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64) {
        guard let limit = Self.dischargeLimit(line) else { return }
        guard isFloor || last.map({ limit < $0 }) ?? true else { return }
        last = limit
        guard let since = waitingSince else { return }
        waitingSince = nil
        samples.append(Double(now - since) / 1000)
    }

    /// Bytes 4 and 5 of a 0x351, 0.1 A; nil for another frame.
    private static func dischargeLimit(_ line: ArraySlice<UInt8>) -> Int? {
        guard line.starts(with: "t3518".utf8), line.count == 21 else { return nil }
        let digits = String(decoding: line.dropFirst(5 + 8).prefix(4), as: UTF8.self)
        return Int(digits, radix: 16).map { ($0 & 0xFF) << 8 | $0 >> 8 }
    }
}

/// The floor: takes an answer of 117 bytes from one tty and writes 22 to the other, with nothing in between.
private struct BareEcho {
    private let battery: BareTerminal
    private let adapter: BareTerminal
    private let request = TinyBMSLiveBlock.request.bytes
    private let frame = Array("t35180102030405060708\r".utf8)

    init(_ battery: BareTerminal, _ adapter: BareTerminal) {
        self.battery = battery
        self.adapter = adapter
    }

    func run(until stop: StopFlag) {
        var answer: [UInt8] = []
        var ignored: [UInt8] = []
        Bare.write(request, to: battery.slave)
        while !stop.isRaised {
            let ready = Bare.wait(for: battery.slave, or: adapter.slave, milliseconds: 100)
            if ready.first, Bare.read(battery.slave, into: &answer), answer.count >= TinyBMSLiveBlock.frameLength {
                answer.removeAll(keepingCapacity: true)
                Bare.write(frame, to: adapter.slave)
                Bare.write(request, to: battery.slave)
            }
            if ready.second {
                ignored.removeAll(keepingCapacity: true)
                Bare.read(adapter.slave, into: &ignored)
            }
        }
    }
}
