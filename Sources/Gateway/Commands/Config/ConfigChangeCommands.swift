import Actors
import Configuration
import JSONText

/// The `config` commands that change something: each makes one generation or none.
enum ConfigChangeCommands {
    static let all = [set, unset, importing, rollback]

    private static let set = Command(
        "config set", "Sets settings as one generation, all or nothing", positional: ["KEY=VALUE", "…"],
        takesMore: true, options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        _ = try arguments.required(0, "KEY=VALUE")
        let patch = ConfigurationPatch(set: try assignments(arguments.positional))
        return try await change(arguments, "config set") { manager throws(ConfigError) in
            try await manager.apply(patch, author: ConfigSession.author)
        }
    }

    private static let unset = Command(
        "config unset", "Sets settings back to their defaults as one generation", positional: ["KEY", "…"],
        takesMore: true, options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        _ = try arguments.required(0, "the key")
        let keys = Set(arguments.positional)
        return try await change(arguments, "config unset") { manager throws(ConfigError) in
            try await manager.unset(keys, author: ConfigSession.author)
        }
    }

    private static let rollback = Command(
        "config rollback", "Makes a new generation that equals an earlier one", positional: ["N"],
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let number = try ConfigHistoryCommands.generation(arguments, 0, "config rollback")
        return try await change(arguments, "config rollback") { manager throws(ConfigError) in
            try await manager.rollback(to: number, author: ConfigSession.author)
        }
    }

    private static let importing = Command(
        "config import", "Replaces the whole configuration by an exported one; - is standard input",
        positional: ["FILE"],
        options: [
            ConfigCommands.state, ConfigCommands.json,
            .init("--dry-run", nil, "only says what would change and what is wrong"),
        ]
    ) { arguments in
        let document = Array(try FileText.require(try arguments.required(0, "the file")).utf8)
        if arguments.has("--dry-run") { return try await tryImport(document, arguments) }
        return try await change(arguments, "config import", refusal: .badData) { manager throws(ConfigError) in
            try await manager.import(document, author: ConfigSession.author, dryRun: false).generation ?? 0
        }
    }

    // MARK: - Private

    /// Reads `KEY=VALUE` words.
    static func assignments(_ words: [String]) throws(CommandFailure) -> [String: SettingValue] {
        var values: [String: SettingValue] = [:]
        var problems: [String] = []
        for word in words {
            guard word.contains("=") else {
                throw .usage("cellbridge config set: '\(word)' has no '='; write KEY=VALUE")
            }
            do throws(ConfigurationRefusal) {
                let (key, value) = try ConfigurationOverrides.read(word)
                guard values.updateValue(value, forKey: key) == nil else {
                    throw ConfigurationRefusal(key, "\(key) is given twice; give it once.")
                }
            } catch { problems += error.problems.map(\.sentence) }
        }
        guard problems.isEmpty else { throw CommandFailure(.configuration, ConfigSession.prefixed(problems)) }
        return values
    }

    /// Makes a change, tells the running daemon, and says what came of it.
    private static func change(
        _ arguments: Arguments, _ command: String, refusal: ExitCode = .configuration,
        _ body: (ConfigManager) async throws(ConfigError) -> Int
    ) async throws(CommandFailure) -> ExitCode {
        let session = try await ConfigSession.open(arguments, command, for: .changing)
        let before = session.state.generation
        let now = try await session.attempt(refusal: refusal, body)
        let changes = try await session.attempt { manager throws(ConfigError) in
            now == before ? [] : try await manager.differences(from: before, to: now)
        }
        let isJSON = arguments.has("--json")
        if !isJSON {
            Console.print(now == before ? "Nothing changes: generation \(now) holds." : "Generation \(now):")
            for line in ConfigChanges.lines(changes) { Console.print("  " + line) }
        }
        await tellBackup(session)
        await session.manager.close()
        // Stored by now, whatever the daemon says.
        let delivery = try session.deliver()
        if isJSON {
            let answer: JSONValue = [
                "generation": .integer(now), "changes": .array(changes.map(\.json)),
                "daemon": .string(delivery == .applied ? "applied" : "not_running"),
            ]
            Console.print(answer.text)
        } else if now != before {
            Console.print(
                delivery == .applied
                    ? "The running daemon uses it."
                    : "No daemon runs on this state folder: it holds from the next start.")
        }
        return .good
    }

    private static func tellBackup(_ session: ConfigSession) async {
        guard let failure = try? await session.manager.backupFailure() else { return }
        Console.complain("cellbridge: the change is stored, but has no backup: \(failure)")
    }

    private static func tryImport(_ document: [UInt8], _ arguments: Arguments) async throws(CommandFailure) -> ExitCode
    {
        let session = try await ConfigSession.open(arguments, "config import", for: .reading)
        let outcome = try await session.attempt { manager throws(ConfigError) in
            try await manager.import(document, author: ConfigSession.author, dryRun: true)
        }
        if arguments.has("--json") {
            let problems = outcome.problems.map { problem -> JSONValue in
                ["field": .string(problem.field), "detail": .string(problem.sentence)]
            }
            let answer: JSONValue = ["changes": .array(outcome.changes.map(\.json)), "problems": .array(problems)]
            Console.print(answer.text)
        } else {
            Console.print(outcome.changes.isEmpty ? "Nothing would change." : "This would change:")
            for line in ConfigChanges.lines(outcome.changes) { Console.print("  " + line) }
            if !outcome.problems.isEmpty {
                Console.complain(ConfigSession.prefixed(outcome.problems.map(\.sentence)))
            }
        }
        return outcome.problems.isEmpty ? .good : .badData
    }
}
