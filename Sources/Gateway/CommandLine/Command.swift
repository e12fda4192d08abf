/// One subcommand: its words, its help and what it does.
struct Command: Sendable {
    /// As typed: `decode`, `simulate bms`.
    let name: String
    /// One line for the list of commands.
    let summary: String
    /// Names of the positional arguments, for the help.
    let positional: [String]
    /// Whether more words than the positional ones may follow.
    let takesMore: Bool
    let options: [Arguments.Option]
    /// Whether it runs until SIGINT or SIGTERM and ends in good order; others end as any program does.
    let waitsForSignals: Bool
    let run: @Sendable (Arguments) async throws -> ExitCode

    init(
        _ name: String, _ summary: String, positional: [String] = [], takesMore: Bool = false,
        options: [Arguments.Option] = [], waitsForSignals: Bool = false,
        run: @escaping @Sendable (Arguments) async throws -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.positional = positional
        self.takesMore = takesMore
        self.options = options
        self.waitsForSignals = waitsForSignals
        self.run = run
    }

    /// What `--help` prints.
    var help: String {
        var text = "cellbridge \(name)" + positional.map { " \($0)" }.joined()
        text += options.isEmpty ? "\n" : " [options]\n"
        text += "\n\(summary)\n"
        guard !options.isEmpty else { return text }
        let heads = options.map { $0.name + ($0.value.map { " \($0)" } ?? "") }
        let width = heads.map(\.count).max() ?? 0
        text += "\n"
        for (head, option) in zip(heads, options) {
            text += "  " + head + String(repeating: " ", count: width - head.count + 2) + option.help + "\n"
        }
        return text
    }
}
