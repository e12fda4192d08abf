/// One benchmark of `cellbridge bench`, by name.
package struct Benchmark: Sendable {
    /// What the benchmarks are told.
    package struct Setting: Sendable {
        /// Path of the program's own executable.
        package var program: String
        /// Folder for the state of the program when it is run, made and removed by the caller.
        package var folder: String
        /// Folder of the golden vectors; without them `decode-lines` takes lines of its own.
        package var vectors: String
        /// Ten times as many periods, and a minute of rest.
        package var isLong: Bool

        package init(program: String, folder: String, vectors: String, isLong: Bool) {
            self.program = program
            self.folder = folder
            self.vectors = vectors
            self.isLong = isLong
        }
    }

    /// Names on the command line; one run gives the figures of all of them.
    package let names: [String]
    /// What it measures, in one line.
    package let summary: String
    private let measure: @Sendable (Setting) async throws -> [Figure]

    /// Measures; takes seconds to minutes.
    ///
    /// - Throws: `BenchmarkFailure` and whatever a link throws: then there is no figure, never a wrong one.
    package func figures(_ setting: Setting) async throws -> [Figure] { try await measure(setting) }

    /// All of them, in the order in which they are run.
    package static let all: [Benchmark] = [
        Benchmark(names: ["latency"], summary: "BMS answer that lowers a limit to 0x351 on the wire") { _ in
            try await LatencyBenchmark.run()
        },
        Benchmark(names: ["period"], summary: "beat of 0x351, idle and with every processor busy") {
            try await PeriodBenchmark.run(isLong: $0.isLong)
        },
        Benchmark(names: ["decode"], summary: "TinyBMS live blocks decoded") { _ in DecodeBenchmark.run() },
        Benchmark(names: ["decode-lines"], summary: "lines of cellbridge decode") {
            try DecodeLinesBenchmark.run(vectors: $0.vectors, program: $0.program)
        },
        Benchmark(names: ["polls"], summary: "polls of each family over a wire of its speed") { _ in
            try await PollsBenchmark.run()
        },
        Benchmark(names: ["control"], summary: "decisions and frames by processor time") { _ in
            try await ControlBenchmark.run()
        },
        Benchmark(names: ["http"], summary: "requests a second of the web server beside nginx") {
            try await HTTPBenchmark.run(ProgramWorld(program: $0.program, folder: $0.folder + "/http"))
        },
        Benchmark(names: ["simulate"], summary: "how fast a simulated world passes") { _ in
            try SimulateBenchmark.run()
        },
        Benchmark(names: ["pack"], summary: "a second of a simulated pack") { _ in [PackBenchmark.run()] },
        Benchmark(names: ["size"], summary: "the program's file") { try SizeBenchmark.run(program: $0.program) },
        Benchmark(names: ["start"], summary: "start of the program to CAN open and first limits") {
            try await StartBenchmark.run(ProgramWorld(program: $0.program, folder: $0.folder))
        },
        Benchmark(names: ["cpu"], summary: "processor time of the program at 1 Hz") {
            try await ResourcesBenchmark.run(
                ProgramWorld(program: $0.program, folder: $0.folder), seconds: $0.isLong ? 60 : 20)
        },
        Benchmark(names: ["cpu-packs"], summary: "processor time of the program with 16 packs of all families at 1 Hz")
        {
            try await CrowdBenchmark.run(
                ProgramWorld(program: $0.program, folder: $0.folder + "/packs"), seconds: $0.isLong ? 60 : 20)
        },
        Benchmark(names: ["memory", "web-memory"], summary: "the program's memory, idle and with 16 WebSockets") {
            try await WebMemoryBenchmark.run(ProgramWorld(program: $0.program, folder: $0.folder + "/memory"))
        },
        Benchmark(names: ["web-latency"], summary: "BMS answer to the number in a WebSocket client") {
            try await WebLatencyBenchmark.run(
                ProgramWorld(program: $0.program, folder: $0.folder + "/latency"), isLong: $0.isLong)
        },
        Benchmark(names: ["first-load"], summary: "bytes of the pages as a browser gets them") { _ in
            try FirstLoadBenchmark.run()
        },
    ]
}
