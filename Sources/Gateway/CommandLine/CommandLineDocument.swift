/// The page of the command line, made from the commands themselves.
enum CommandLineDocument {
    /// docs/command-line.md.
    static func markdown(_ commands: [Command]) -> String {
        var lines = [
            "# Command line", "",
            "Generated from the commands' declarations; a test holds the two together. Regenerate with",
            "`CELLBRIDGE_WRITE_DOCS=1 swift test --filter GatewayTests`.", "",
            "Every command has `--help`. A wrong word is one line on stderr and exit code 64.", "",
            "| exit code | means |", "| --- | --- |",
        ]
        lines += ExitCode.allCases.map { "| \($0.rawValue) | \($0.meaning) |" }
        for command in commands.sorted(by: { $0.name < $1.name }) {
            let words = ["cellbridge", command.name] + command.positional
            lines += [
                "", "## \(command.name)", "", "`" + words.joined(separator: " ") + "`", "", command.summary + ".",
            ]
            guard !command.options.isEmpty else { continue }
            lines += ["", "| option | meaning |", "| --- | --- |"]
            lines += command.options.map { option in
                let head = option.name + (option.value.map { " " + $0 } ?? "")
                return "| `\(head.escapingBars)` | \(option.help.escapingBars)\(option.repeats ? "; repeats" : "") |"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    /// A bar ends a cell of a table.
    fileprivate var escapingBars: String { replacing("|", with: "\\|") }
}

extension ExitCode {
    /// What leaving with it says.
    fileprivate var meaning: String {
        switch self {
        case .good: "good"
        case .violation: "a simulated gateway broke a safety rule"
        case .usage: "the command line is wrong"
        case .badData: "the data given, such as a file, is wrong"
        case .unavailable: "something needed is not there, such as a running daemon"
        case .internalError: "the supervisor gave up, or a fault of the program"
        case .inputOutput: "a file or device cannot be read or written"
        case .configuration: "the configuration is wrong or not complete"
        }
    }
}
