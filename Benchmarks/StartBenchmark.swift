/// From the start of the program to the open CAN bus and to the first limits on it.
enum StartBenchmark {
    private static let runs = 12

    static func run(_ world: ProgramWorld) async throws -> [Figure] {
        var opens: [Double] = []
        var frames: [Double] = []
        var empty: [Double] = []
        for _ in 0..<runs {
            let (script, began) = try await world.run(StartScript(), seconds: 10) { $0.began }
            guard let opened = script.opened, let framed = script.framed else {
                throw BenchmarkFailure("start: no limits came within 10 s")
            }
            opens.append(Double(opened - began) / 1e6)
            frames.append(Double(framed - began) / 1e6)
            empty.append(try emptyStart(world.program))
        }
        return figures("CAN open", Samples(opens), "the program's --version", Samples(empty), most: 100)
            + figures("first limits", Samples(frames), "one poll interval (S5)", Samples([500]), most: 2500)
    }

    // MARK: - Private

    private static func figures(
        _ name: String, _ samples: Samples, _ peer: String, _ peers: Samples, most: Double
    ) -> [Figure] {
        let highest = FigureTable.short(samples.highest ?? .nan)
        return [("p50", 50.0), ("p95", 95)].map { word, percent in
            Figure(
                "start to \(name) \(word)", samples.percentile(percent) ?? .nan, "ms",
                limit: .init(peer, peers.percentile(percent) ?? .nan), bar: percent > 50 ? .atMost(most) : nil,
                count: samples.count,
                note: percent > 50 ? "" : "as a process, to an adapter that never answers; highest \(highest) ms")
        }
    }

    /// The program's start and end with nothing between, ms.
    private static func emptyStart(_ program: String) throws -> Double {
        let child = try ChildProgram(program, ["--version"])
        _ = try child.waitForEnd()
        return Double(Bare.now - child.began) / 1e6
    }
}

/// Notes when the adapter is told to go on the bus, and when the first limits come.
private struct StartScript: DeviceScript {
    var battery = BatteryDevice()
    let thinkingTime: Int64 = 1_000_000
    let adapterAnswers = false
    private(set) var opened: Int64?
    private(set) var framed: Int64?

    var isFinished: Bool { framed != nil }

    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64) {
        if line.elementsEqual("O".utf8), opened == nil { opened = now }
        if line.starts(with: "t3518".utf8), framed == nil { framed = now }
    }
}
