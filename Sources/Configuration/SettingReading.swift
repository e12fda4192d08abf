/// Makes values out of what people and programs write.
extension Schema {
    /// A value from text, as the command line and the environment give it.
    ///
    /// - Throws: `ConfigurationRefusal` for an unknown key, or text that is no value of its type or out of its bounds.
    package func value(_ text: String, for key: String) throws(ConfigurationRefusal) -> SettingValue {
        let definition = try known(key)
        let value: SettingValue? =
            switch definition.kind {
            case .bool: Self.boolean(text).map { .bool($0) }
            case .int: Int(text).map { .int($0) }
            case .float: Self.number(text).map { .float($0) }
            case .text, .word, .link: .string(text)
            }
        guard let value else { throw ConfigurationRefusal([mismatch(key, text, definition)]) }
        if let problem = problem(with: value, for: key) { throw ConfigurationRefusal([problem]) }
        return value
    }

    /// A value from a JSON scalar; a whole number will do for a number, and a number that is whole for a whole one.
    ///
    /// - Throws: `ConfigurationRefusal` as `value(_:for:)` of text.
    package func value(_ value: SettingValue, for key: String) throws(ConfigurationRefusal) -> SettingValue {
        let definition = try known(key)
        var fitted = value
        switch (definition.kind, value) {
        case (.float, .int(let whole)): fitted = .float(Double(whole))
        case (.int, .float(let number)): if let whole = Int(exactly: number) { fitted = .int(whole) }
        default: break
        }
        if let problem = problem(with: fitted, for: key) { throw ConfigurationRefusal([problem]) }
        return fitted
    }

    /// What is wrong with one value by itself; nil where nothing is.
    package func problem(with value: SettingValue, for key: String) -> ValidationProblem? {
        guard let definition = definition(for: key) else { return unknown(key) }
        let fits: Bool
        switch (definition.kind, value) {
        case (.bool, .bool): fits = true
        case (.int(let range), .int(let number)): fits = range.contains(number)
        // NaN is in no range.
        case (.float(let range), .float(let number)): fits = range.contains(number)
        case (.text(let maximum, let ascii), .string(let text)):
            fits =
                text.utf8.count <= maximum
                && text.unicodeScalars.allSatisfy { ascii ? (0x20...0x7E).contains($0.value) : $0.value >= 0x20 }
        case (.word(let words), .string(let word)): fits = words.contains(word)
        case (.link(let use), .string(let address)):
            guard let fault = LinkSyntax.fault(in: address, use: use) else { return nil }
            return ValidationProblem(key, "\(key) is '\(address)', which \(fault).")
        default: return mismatch(key, shown(value, definition), definition)
        }
        if fits { return nil }
        let unit = definition.unit.map { " " + $0 } ?? ""
        let allowed =
            switch definition.kind {
            case .word: "one of: \(definition.kind.bounds)"
            case .text: definition.kind.bounds
            default: "\(definition.kind.bounds)\(unit)"
            }
        return ValidationProblem(
            key, "\(key) is \(shown(value, definition))\(unit); allowed is \(allowed). Choose a value in these bounds.")
    }

    /// The complaint about a key that is none.
    package func unknown(_ key: String) -> ValidationProblem {
        ValidationProblem(key, "\(key) is no setting; `cellbridge config schema` lists them all.")
    }

    // MARK: - Private

    private func known(_ key: String) throws(ConfigurationRefusal) -> SettingDefinition {
        guard let definition = definition(for: key) else { throw ConfigurationRefusal([unknown(key)]) }
        return definition
    }

    private func mismatch(_ key: String, _ text: String, _ definition: SettingDefinition) -> ValidationProblem {
        let wanted =
            switch definition.kind {
            case .bool: "true or false"
            case .int: "a whole number, \(definition.kind.bounds)"
            case .float: "a number, \(definition.kind.bounds)"
            case .text, .word, .link: "a text: \(definition.kind.bounds)"
            }
        let shown = definition.isSecret ? "the given value" : "'\(text)'"
        return ValidationProblem(key, "\(key) cannot be \(shown); it takes \(wanted).")
    }

    /// A value for a sentence: secrets never stand in one (S91).
    private func shown(_ value: SettingValue, _ definition: SettingDefinition) -> String {
        definition.isSecret ? "secret" : value.text
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    /// Decimal numbers only; `Double` would also take hexadecimal and infinity.
    private static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
