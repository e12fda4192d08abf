// Besides Glibc: sigset_t belongs to whichever of the two the compiler loads first.
import CLinux
import Glibc

/// `cellbridge`: finds the subcommand and turns its end into an exit code.
@main
enum Main {
    static let version = "0.1.0"

    static let commands: [Command] =
        [
            RunCommand.command, DemoCommand.command, SimulateBMSCommand.command, SimulateGXCommand.command,
            SimulateWorldCommand.command, SimulateScenariosCommand.command,
            DecodeCommand.command, DetectCommand.command, WatchCommand.command, DoctorCommand.command,
            RecordCommand.command,
            ReplayCommand.command, BenchCommand.command,
        ] + AdminCommand.all + ConfigCommands.all

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
        guard let command = find(words) else { return group(first, words) }
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

    /// The first word of several commands, without or with a wrong second one.
    private static func group(_ first: String, _ words: [String]) -> ExitCode {
        let members = commands.filter { $0.name.hasPrefix(first + " ") }
        guard !members.isEmpty else {
            return fail(.usage("cellbridge: unknown command '\(first)'; see cellbridge --help"))
        }
        if words.contains("--help") || words.contains("-h") {
            for line in list(members) { Console.print(line) }
            return .good
        }
        let known = members.map { $0.name.dropFirst(first.count + 1) }.joined(separator: ", ")
        let wrong = words.count > 1 ? "there is no '\(first) \(words[1])'" : "say what to do"
        return fail(.usage("cellbridge \(first): \(wrong); known are \(known)"))
    }

    private static func list(_ commands: [Command]) -> [String] {
        Table.lines(commands.map { ["  " + $0.name, $0.summary] })
    }

    private static func fail(_ failure: CommandFailure) -> ExitCode {
        Console.complain(failure.sentence)
        return failure.code
    }

    private static var overview: String {
        "cellbridge \(version): a battery's BMS in, a Victron inverter out, failing closed\n\n"
            + list(commands).joined(separator: "\n") + "\n\nEach command has --help."
    }
}
