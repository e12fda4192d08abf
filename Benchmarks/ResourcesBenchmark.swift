/// What the program costs while it polls and tells the inverter once a second: processor time.
enum ResourcesBenchmark {
    /// Seconds after which a start is over.
    private static let settling = 3.0

    static func run(_ world: ProgramWorld, seconds: Double) async throws -> [Figure] {
        let (battery, adapter) = (try BareTerminal(), try BareTerminal())
        // The bare exchange runs beside the program, so that both see the same machine.
        async let played = Devices.play(QuietScript(), battery: battery, adapter: adapter, seconds: settling + seconds)
        async let bare = BenchmarkThread.run("bare") { BareExchange(battery, adapter).run(seconds: Int(seconds)) }
        let (script, usage) = try await world.run(
            QuietScript(), seconds: settling + seconds + 1, settings: ["pack.1.poll_interval_ms=1000"]
        ) { child in
            try await BenchmarkThread.run("watch") { ProgramUsage.watch(child, after: settling, seconds: seconds) }
        }
        _ = try await played
        guard script.lines > 0 else { throw BenchmarkFailure("cpu: the program sent nothing") }
        return figures(usage, bareTime: try await bare, seconds)
    }

    // MARK: - Private

    private static func figures(_ usage: ProgramUsage, bareTime: Double, _ seconds: Double) -> [Figure] {
        let perSecond = Double(usage.wakeUps) / seconds
        return [
            Figure(
                "cpu at 1 Hz", usage.time / seconds * 100, "%",
                limit: .init("bare exchange of the same bytes", bareTime / seconds * 100), bar: .atMost(0.5),
                note: "of one core over \(Int(seconds)) s; \(FigureTable.short(perSecond)) wake-ups a second")
        ]
    }
}

/// What a process used in a while.
struct ProgramUsage: Sendable {
    /// Seconds of processor time.
    var time: Double
    var wakeUps: Int

    /// Watches a process; blocks.
    ///
    /// - Parameters:
    ///   - child: the process.
    ///   - settling: seconds after its start before the while begins.
    ///   - seconds: how long the while is.
    /// - Returns: what it used in that while.
    static func watch(_ child: ChildProgram, after settling: Double, seconds: Double) -> ProgramUsage {
        Bare.sleep(until: child.began + Int64(settling * 1e9))
        let (time, wakeUps) = (child.processorTime, child.wakeUps)
        Bare.sleep(until: child.began + Int64((settling + seconds) * 1e9))
        return ProgramUsage(time: Double(child.processorTime - time) / 1e9, wakeUps: child.wakeUps - wakeUps)
    }
}
