/// Resident memory of the program with its web server: with nobody there, and with as many WebSockets as it takes.
enum WebMemoryBenchmark {
    /// Seconds after which a start is over, and what it took is given back.
    private static let settling = 10.0
    private static let clients = 16
    private static let paths = ["/ws/telemetry", "/ws/events", "/ws/alerts", "/ws/uart", "/ws/can"]

    static func run(_ world: ProgramWorld) async throws -> [Figure] {
        [
            figure("memory resident, web idle", try await idle(world), most: 24, "TLS, nobody connected"),
            figure(
                "memory resident, \(clients) WebSockets", try await busy(world), most: 32,
                "on all \(paths.count) paths, without TLS, \(Int(settling)) s after they were opened"),
        ]
    }

    // MARK: - Private

    private typealias Memory = (resident: Int, anonymous: Int)

    private static func figure(_ name: String, _ memory: Memory, most: Double, _ note: String) -> Figure {
        let mega = 1_048_576.0
        return Figure(
            name, Double(memory.resident) / mega, "MB",
            limit: .init("its anonymous part; the rest is files", Double(memory.anonymous) / mega), bar: .atMost(most),
            note: note)
    }

    private static func idle(_ world: ProgramWorld) async throws -> Memory {
        let port = try WebClient.freePort()
        return try await world.run(
            QuietScript(), seconds: settling + 1,
            settings: ["web.listen=127.0.0.1:\(port)", "pack.1.poll_interval_ms=1000"]
        ) { child in
            try await BenchmarkThread.run("watch") {
                Bare.sleep(until: child.began + Int64(settling * 1e9))
                return child.memory
            }
        }.observed
    }

    private static func busy(_ world: ProgramWorld) async throws -> Memory {
        try await world.claimed(QuietScript(), seconds: 2 * settling + 3, pollInterval: 1000) {
            session, child throws(BenchmarkFailure) in try memory(of: child, session)
        }.observed
    }

    private static func memory(of child: ChildProgram, _ session: WebSession) throws(BenchmarkFailure) -> Memory {
        var sockets: [WebClient] = []
        for number in 0..<clients { sockets.append(try session.open(paths[number % paths.count])) }
        let end = Bare.now + Int64(settling * 1e9)
        while Bare.now < end {
            // A message a second at least from the telemetry; what the others get waits in the kernel.
            for socket in stride(from: 0, to: clients, by: paths.count) { _ = try sockets[socket].text() }
        }
        return child.memory
    }
}

/// Answers, and nothing else.
struct QuietScript: DeviceScript {
    var battery = BatteryDevice()
    let thinkingTime: Int64 = 1_000_000
    let adapterAnswers = true
    let isFinished = false
    private(set) var lines = 0

    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64) { lines += 1 }
}
