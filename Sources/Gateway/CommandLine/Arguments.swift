/// The words of one command line, read against what the subcommand declares.
struct Arguments {
    /// One option of a subcommand.
    struct Option {
        /// With its dashes: `--state`.
        let name: String
        /// What stands for its value in the help; nil for a switch.
        let value: String?
        let help: String
        /// Whether it may be given several times.
        let repeats: Bool

        init(_ name: String, _ value: String? = nil, _ help: String, repeats: Bool = false) {
            self.name = name
            self.value = value
            self.help = help
            self.repeats = repeats
        }
    }

    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]
    private let command: String

    /// Reads the words that follow the subcommand.
    ///
    /// - Throws: a usage failure naming the word that does not fit.
    init(_ words: [String], for command: Command) throws(CommandFailure) {
        self.command = command.name
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            guard word.hasPrefix("--"), word.count > 2 else {
                positional.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            guard let option = command.options.first(where: { $0.name == name }) else {
                throw .usage(
                    "cellbridge \(command.name): unknown option \(name); see cellbridge \(command.name) --help")
            }
            try take(option, inline: parts.count > 1 ? parts[1] : nil, words, &index)
        }
        guard positional.count <= command.positional.count || command.takesMore else {
            throw .usage(
                "cellbridge \(command.name): unexpected word '\(positional[command.positional.count])'; "
                    + "see cellbridge \(command.name) --help")
        }
    }

    /// Whether a switch was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The last value of an option.
    func value(_ name: String) -> String? { values[name]?.last }

    /// All values of an option that repeats.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// A value as a number within bounds.
    func number<Number: LosslessStringConvertible & Comparable>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(CommandFailure) -> Number? {
        guard let text = value(name) else { return nil }
        guard let number = Number(text), range.contains(number) else {
            throw .usage("cellbridge \(command): \(name) \(text) is not within \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    /// A positional argument that must be there.
    func required(_ position: Int, _ what: String) throws(CommandFailure) -> String {
        guard positional.indices.contains(position) else {
            throw .usage("cellbridge \(command): \(what) is missing; see cellbridge \(command) --help")
        }
        return positional[position]
    }

    private mutating func take(
        _ option: Option, inline: String?, _ words: [String], _ index: inout Int
    ) throws(CommandFailure) {
        if values[option.name] != nil, !option.repeats {
            throw .usage("cellbridge \(command): \(option.name) is given twice")
        }
        guard option.value != nil else {
            guard inline == nil else { throw .usage("cellbridge \(command): \(option.name) takes no value") }
            return values[option.name, default: []].append("")
        }
        if let inline { return values[option.name, default: []].append(inline) }
        guard index < words.count else {
            throw .usage("cellbridge \(command): \(option.name) needs a value (\(option.value ?? ""))")
        }
        values[option.name, default: []].append(words[index])
        index += 1
    }
}
