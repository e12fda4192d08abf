import Actors
import Configuration
import JSONText
import Log

/// `cellbridge config …`: the configuration, offline or under a running daemon.
enum ConfigCommands {
    static let state = Arguments.Option(
        "--state", "DIR", "the state folder (default $STATE_DIRECTORY, else ./state)")
    static let json = Arguments.Option("--json", nil, "one JSON object instead of text")

    static let all: [Command] = [list, get] + ConfigChangeCommands.all + ConfigHistoryCommands.all + [schema]

    private static let list = Command(
        "config list", "Lists every setting: value, unit, and where the value comes from", options: [state, json]
    ) { arguments in
        let session = try await ConfigSession.open(arguments, "config list", for: .reading)
        let listing = ConfigListing(
            stored: session.state.stored, generation: session.state.generation,
            overrides: try ConfigSession.environment())
        if arguments.has("--json") {
            Console.print(listing.json.text)
        } else {
            for line in listing.lines { Console.print(line) }
        }
        if !session.problems.isEmpty { Console.complain(ConfigSession.prefixed(session.problems)) }
        return .good
    }

    private static let get = Command(
        "config get", "Prints the value of one setting", positional: ["KEY"], options: [state, json]
    ) { arguments in
        let key = try arguments.required(0, "the key")
        guard Schema.gateway.definition(for: key) != nil else {
            throw CommandFailure(
                .configuration, ConfigSession.prefixed([Schema.gateway.unknown(key).sentence]))
        }
        let session = try await ConfigSession.open(arguments, "config get", for: .reading)
        guard let row = ConfigListing.row(key, session.state.stored, try ConfigSession.environment()) else {
            return .configuration
        }
        if arguments.has("--json") {
            Console.print(row.json.text)
        } else if row.value == nil {
            Console.print("")
            Console.complain("cellbridge config get: \(key) is not set" + (row.note.map { "; it comes \($0)" } ?? ""))
        } else {
            Console.print(row.text)
        }
        return .good
    }

    private static let schema = Command(
        "config schema", "Prints every setting there is, with type, bounds and meaning, as Markdown", options: [json]
    ) { arguments in
        if arguments.has("--json") {
            Console.print(Schema.gateway.json.text)
        } else {
            Console.write(Array(Schema.gateway.markdown.utf8), to: 1)
        }
        return .good
    }
}
