import Benchmarks
import Glibc
import JSONText

/// `cellbridge bench`: the figures of this machine, each beside its limit.
enum BenchCommand {
    static let command = Command(
        "bench", "Measures this machine: " + Benchmark.all.flatMap(\.names).joined(separator: ", "),
        positional: ["[NAME …]"], takesMore: true,
        options: [
            .init("--json", nil, "one JSON object at the end instead of a line a figure"),
            .init("--long", nil, "ten times as many periods, and a minute for memory and processor"),
            .init("--vectors", "DIR", "golden vectors for decode-lines (default Tests/Vectors where it exists)"),
        ]
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        let chosen = try choose(arguments.positional)
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let setting = Benchmark.Setting(
            program: "/proc/self/exe", folder: folder, vectors: arguments.value("--vectors") ?? "Tests/Vectors",
            isLong: arguments.has("--long"))
        let isJSON = arguments.has("--json")
        if !isJSON {
            Console.print(Machine.text)
            Console.print(FigureTable.heading)
        }
        var figures: [Figure] = []
        for benchmark in chosen {
            let measured = try await measure(benchmark, setting)
            figures += measured
            if !isJSON { for figure in measured { Console.print(FigureTable.line(figure)) } }
        }
        if isJSON {
            let document: JSONValue = ["machine": Machine.json, "figures": .array(figures.map(\.json))]
            Console.print(document.text)
        }
        return .good
    }

    private static func choose(_ names: [String]) throws(CommandFailure) -> [Benchmark] {
        let known = Benchmark.all.flatMap(\.names)
        if let unknown = names.first(where: { !known.contains($0) }) {
            throw .usage("cellbridge bench: there is no '\(unknown)'; there are \(known.joined(separator: ", "))")
        }
        return Benchmark.all.filter { names.isEmpty || !Set($0.names).isDisjoint(with: names) }
    }

    private static func measure(
        _ benchmark: Benchmark, _ setting: Benchmark.Setting
    ) async throws(CommandFailure) -> [Figure] {
        do { return try await benchmark.figures(setting) } catch let failure as BenchmarkFailure {
            throw CommandFailure(.unavailable, "cellbridge bench: \(failure.sentence)")
        } catch {
            throw CommandFailure(.inputOutput, "cellbridge bench: \(error)")
        }
    }
}
