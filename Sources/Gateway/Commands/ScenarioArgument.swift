import JSONText
import Simulator

/// The value of `--scenario`: a name, a file, or one of two words that stand for more.
enum ScenarioArgument {
    /// The scenario of a name or a file; `random` draws one from the seed.
    static func read(_ text: String, seed: UInt64) throws(CommandFailure) -> Scenario {
        if text == "random" { return .drawn(seed: seed) }
        if let scenario = Scenario.named(text) { return scenario }
        guard let bytes = FileText.read(text) else {
            throw .usage(
                "cellbridge: '\(text)' is neither a file nor a scenario; "
                    + "cellbridge simulate bms --scenario list names them")
        }
        do {
            return try Scenario.load(text: bytes)
        } catch {
            throw CommandFailure(.badData, "cellbridge: file \(text): \(error.description)")
        }
    }

    /// Whether a list is asked for.
    static func lists(_ arguments: Arguments) -> Bool { arguments.value("--scenario") == "list" }

    /// Prints what there is.
    static func list(isJSON: Bool) -> ExitCode {
        guard isJSON else {
            let rows = Scenario.library.map { [$0.name, $0.title, $0.shows.joined(separator: ", ")] }
            for line in Table.lines(rows, heading: ["NAME", "WHAT HAPPENS", "SHOWS"]) { Console.print(line) }
            return .good
        }
        let scenarios = Scenario.library.map { scenario -> JSONValue in
            [
                "name": .string(scenario.name), "title": .string(scenario.title),
                "description": .string(scenario.description), "expectation": .string(scenario.expectation),
                "shows": .array(scenario.shows.map { .string($0) }), "packs": .integer(scenario.packs),
            ]
        }
        Console.print(JSONValue.array(scenarios).text)
        return .good
    }
}
