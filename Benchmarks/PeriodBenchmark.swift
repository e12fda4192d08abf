import Links
import Synchronization

/// How well 0x351 keeps its second, with an idle machine and with every processor busy.
enum PeriodBenchmark {
    /// The shortest period that may be configured: twice the samples of the ordinary one.
    private static let period = 0.5

    static func run(isLong: Bool) async throws -> [Figure] {
        let count = isLong ? 600 : 60
        let idle = try await measure(count)
        let load = BusyMachine()
        load.start()
        defer { load.stop.raise() }
        let busy = try await measure(count) { load.stop.raise() }
        return figures("idle", idle, 2) + figures("busy", busy, 25)
    }

    // MARK: - Private

    private typealias Errors = (gateway: Samples, timer: Samples)

    private static func figures(_ state: String, _ errors: Errors, _ most: Double) -> [Figure] {
        func figure(_ name: String, _ percent: Double, _ bar: Figure.Bar?, note: String = "") -> Figure {
            Figure(
                "period \(state) \(name)", errors.gateway.percentile(percent) ?? .nan, "ms",
                limit: .init("bare clock_nanosleep, \(name)", errors.timer.percentile(percent) ?? .nan), bar: bar,
                count: errors.gateway.count, note: note)
        }
        let note =
            state == "idle"
            ? "|distance of two 0x351 - period| at the adapter; period \(Int(period * 1000)) ms for more samples"
            : "\(Bare.processors) busy threads, and CPU-bound tasks on the whole cooperative pool"
        return [figure("p50", 50, nil, note: note), figure("p99.9", 99.9, .atMost(most))]
    }

    /// Errors of the gateway's frames and of a bare timer beside it, ms.
    private static func measure(
        _ count: Int, whenDone: @escaping @Sendable () -> Void = {}
    ) async throws -> Errors {
        let loop = try EventLoop(name: "control")
        let (battery, adapter) = (try BareTerminal(), try BareTerminal())
        var rig = GatewayRig(loop: loop)
        rig.period = .seconds(period)
        async let timer = BenchmarkThread.run("timer") { bareTimer(count) }
        let script = try await rig.run(battery: battery, adapter: adapter) {
            try await Devices.play(
                PeriodScript(wanted: count), battery: battery, adapter: adapter,
                seconds: Double(count) * period + 30, whenDone: whenDone)
        }
        guard script.isFinished else { throw BenchmarkFailure("period: \(script.moments.count) frames came") }
        let bare = try await timer
        return (errors(Array(script.moments.dropFirst(PeriodScript.settling))), errors(bare))
    }

    private static func errors(_ moments: [Int64]) -> Samples {
        Samples(zip(moments, moments.dropFirst()).map { ((Double($1 - $0) / 1e9 - period) * 1000).magnitude })
    }

    private static func bareTimer(_ count: Int) -> [Int64] {
        let step = Int64(period * 1e9)
        // Between the gateway's frames, so that neither wakes the other's processor.
        var next = Bare.now + step / 3
        return (0...count).map { _ in
            next += step
            Bare.sleep(until: next)
            return Bare.now
        }
    }
}

/// Notes when each 0x351 arrives.
private struct PeriodScript: DeviceScript {
    var battery = BatteryDevice()
    let thinkingTime: Int64 = 1_000_000
    let adapterAnswers = true
    let wanted: Int
    private(set) var moments: [Int64] = []

    /// Frames before the beat: the first data starts the schedule anew.
    static let settling = 2

    init(wanted: Int) { self.wanted = wanted }

    var isFinished: Bool { moments.count > wanted + Self.settling }

    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64) {
        if line.starts(with: "t351".utf8) { moments.append(now) }
    }
}

/// Work without end for every processor: threads of its own, and tasks on every thread of the cooperative pool.
private final class BusyMachine: Sendable {
    let stop = StopFlag()
    private let work = Atomic(0)

    func start() {
        for _ in 0..<Bare.processors {
            // Both end with `stop`.
            Task.detached { [self] in _ = try? await BenchmarkThread.run("busy") { self.spin(until: .max) } }
            Task.detached { [self] in
                while !stop.isRaised {
                    spin(until: Bare.now + 50_000_000)
                    await Task.yield()
                }
            }
        }
    }

    private func spin(until end: Int64) {
        while !stop.isRaised, Bare.now < end {
            for _ in 0..<10_000 { work.add(1, ordering: .relaxed) }
        }
    }
}
