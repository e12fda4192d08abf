import Actors
import Configuration
import JSONText
import Log

/// The `config` commands that look back, and the export.
enum ConfigHistoryCommands {
    static let all = [export, history, diff]

    private static let export = Command(
        "config export", "Writes the stored configuration, without secrets, to a file or standard output",
        positional: ["[FILE]"], options: [ConfigCommands.state]
    ) { arguments in
        let session = try await ConfigSession.open(arguments, "config export", for: .reading)
        let text = ConfigExport.text(
            try await session.attempt { manager throws(ConfigError) in try await manager.export() })
        if let file = arguments.positional.first, file != "-" {
            try FileText.write(text, to: file)
        } else {
            Console.write(Array(text.utf8), to: 1)
        }
        return .good
    }

    private static let history = Command(
        "config history", "Lists the generations, newest first, with what each changed",
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let session = try await ConfigSession.open(arguments, "config history", for: .reading)
        let generations = try await session.attempt { manager throws(ConfigError) in try await manager.history() }
        if arguments.has("--json") {
            let answer: JSONValue = ["generations": .array(generations.map(\.json))]
            Console.print(answer.text)
        } else {
            if generations.isEmpty { Console.print("Nothing was ever set: factory defaults hold.") }
            for generation in generations { for line in lines(generation) { Console.print(line) } }
        }
        return .good
    }

    private static let diff = Command(
        "config diff", "Lists what differs between two generations; 0 is the empty one", positional: ["A", "B"],
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let from = try generation(arguments, 0, "config diff")
        let to = try generation(arguments, 1, "config diff")
        let session = try await ConfigSession.open(arguments, "config diff", for: .reading)
        let changes = try await session.attempt { manager throws(ConfigError) in
            try await manager.differences(from: from, to: to)
        }
        if arguments.has("--json") {
            let answer: JSONValue = ["changes": .array(changes.map(\.json))]
            Console.print(answer.text)
        } else {
            for line in ConfigChanges.lines(changes) { Console.print(line) }
        }
        return .good
    }

    /// A generation's number among the words.
    static func generation(
        _ arguments: Arguments, _ position: Int, _ command: String
    ) throws(CommandFailure) -> Int {
        let text = try arguments.required(position, "the generation's number")
        guard let number = Int(text), number >= 0 else {
            throw .usage("cellbridge \(command): '\(text)' is no generation; see cellbridge config history")
        }
        return number
    }

    private static func lines(_ generation: GenerationListing) -> [String] {
        let time = UTCTime(milliseconds: generation.time)
        return ["\(generation.generation)  \(time)  \(generation.author)"]
            + ConfigChanges.lines(generation.changes).map { "     " + $0 }
    }
}

extension GenerationListing {
    /// The form of contract.md 3.
    fileprivate var json: JSONValue {
        [
            "generation": .integer(generation), "time": .string(UTCTime(milliseconds: time).description),
            "author": .string(author), "changes": .array(changes.map(\.json)),
        ]
    }
}
