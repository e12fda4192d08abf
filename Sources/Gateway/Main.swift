import Glibc

/// `cellbridge`: finds the subcommand and turns its end into an exit code.
@main
enum Main {
    static let version = "0.1.0"

    static let commands: [Command] = [
        RunCommand.command, DemoCommand.command, SimulateBMSCommand.command, SimulateGXCommand.command,
        DecodeCommand.command, BenchCommand.command,
    ]

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let words = Array(CommandLine.arguments.dropFirst())
        if find(words)?.waitsForSignals ?? false { blockSignals() }
        // Not an `async` main: its main thread would sleep with every signal unblocked. Detached, as the main actor never
        // runs; it ends with the process.
        Task.detached { exit(await run(words).rawValue) }
        while true { pause() }
    }

    /// Threads inherit what their maker blocks, so this comes before the first of them: signals then reach the one thread
    /// that waits for them.
    private static func blockSignals() {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGINT)
        unsafe sigaddset(&mask, SIGTERM)
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
    }

    private static func run(_ words: [String]) async -> ExitCode {
        guard let first = words.first, first != "--help", first != "help", first != "-h" else {
            Console.print(overview)
            return words.isEmpty ? .usage : .good
        }
        if first == "--version" {
            Console.print("cellbridge \(version)")
            return .good
        }
        guard let command = find(words) else {
            return fail(.usage("cellbridge: unknown command '\(first)'; see cellbridge --help"))
        }
        let rest = Array(words.dropFirst(command.name.split(separator: " ").count))
        if rest.contains("--help") || rest.contains("-h") {
            Console.print(command.help)
            return .good
        }
        do {
            return try await command.run(Arguments(rest, for: command))
        } catch let failure as CommandFailure {
            return fail(failure)
        } catch {
            return fail(CommandFailure(.internalError, "cellbridge \(command.name): \(error)"))
        }
    }

    /// The command with the most words that fit: `simulate bms` before `simulate`.
    private static func find(_ words: [String]) -> Command? {
        commands.filter { Array(words.prefix($0.name.split(separator: " ").count)).joined(separator: " ") == $0.name }
            .max { $0.name.count < $1.name.count }
    }

    private static func fail(_ failure: CommandFailure) -> ExitCode {
        Console.complain(failure.sentence)
        return failure.code
    }

    private static var overview: String {
        let width = commands.map(\.name.count).max() ?? 0
        let list = commands.map {
            "  " + $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.summary
        }
        return "cellbridge \(version): a battery's BMS in, a Victron inverter out, failing closed\n\n"
            + list.joined(separator: "\n") + "\n\nEach command has --help."
    }
}
