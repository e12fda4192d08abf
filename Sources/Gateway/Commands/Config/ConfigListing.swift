import Actors
import Configuration
import JSONText

/// The configuration as people and programs see it on a terminal: every setting with its value and where that comes from.
struct ConfigListing {
    /// One setting.
    struct Row: Hashable {
        var key: String
        /// Nil where there is neither a value nor a default.
        var value: SettingValue?
        var unit: String?
        var origin: ConfigurationOverrides.Origin
        var isSecret: Bool
        /// What stands for a default that depends on other settings.
        var note: String?

        /// The value in words; a secret's never (S91).
        var text: String {
            if isSecret { return value == nil ? "-" : "********" }
            return value?.text ?? note.map { "(\($0))" } ?? "-"
        }

        /// The row for programs.
        var json: JSONValue {
            var members: [JSONValue.Member] = [
                .init("key", .string(key)), .init("value", isSecret ? .null : value?.json ?? .null),
            ]
            if isSecret { members.append(.init("set", .bool(value != nil))) }
            return .object(members + [.init("unit", .init(unit)), .init("origin", .string(origin.rawValue))])
        }
    }

    var generation: Int
    var rows: [Row]

    /// Lists every setting, those of a pack for each pack of which anything is set, else for the first.
    init(stored: ConfigurationValues, generation: Int, overrides: ConfigurationOverrides, schema: Schema = .gateway) {
        self.generation = generation
        let numbers = overrides.applied(to: stored).packNumbers
        let packs = numbers.isEmpty ? [1] : numbers
        let shared = schema.definitions.filter { !$0.isPerPack }
        let own = schema.definitions.filter(\.isPerPack)
        let keys = packs.flatMap { number in own.map { $0.key.replacingPack(number) } } + shared.map(\.key)
        rows = keys.compactMap { Self.row($0, stored, overrides, schema) }
    }

    /// One setting; nil for a key that is none.
    static func row(
        _ key: String, _ stored: ConfigurationValues, _ overrides: ConfigurationOverrides, _ schema: Schema = .gateway
    ) -> Row? {
        guard let definition = schema.definition(for: key) else { return nil }
        return Row(
            key: key, value: overrides.applied(to: stored)[key] ?? definition.standard, unit: definition.unit,
            origin: overrides.origin(of: key, stored: stored), isSecret: definition.isSecret,
            note: definition.standardNote)
    }

    /// The lines of `config list`.
    var lines: [String] {
        Table.lines(
            rows.map { [$0.key, $0.text, $0.unit ?? "", $0.origin.rawValue] },
            heading: ["KEY", "VALUE", "UNIT", "ORIGIN"])
    }

    /// The object of `config list --json`.
    var json: JSONValue { ["generation": .integer(generation), "settings": .array(rows.map(\.json))] }
}

extension String {
    /// A key of the schema for one pack: `pack.2.cells` for `pack.N.cells`.
    fileprivate func replacingPack(_ number: Int) -> String { "pack.\(number)." + dropFirst("pack.N.".count) }
}

/// Changes and generations as lines.
enum ConfigChanges {
    /// One line a change: key, old and new value.
    static func lines(_ changes: [ChangeListing]) -> [String] {
        Table.lines(changes.map { [$0.key, text($0.old), "→", text($0.new)] })
    }

    /// A value of a listing in words: a secret's is not in it.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "-"
        case .string(let text): text
        case .object(let members): members.contains { $0.name == "set" && $0.value == .bool(true) } ? "********" : "-"
        default: value.text
        }
    }
}

/// An export as a file that people may read and compare: one setting a line.
enum ConfigExport {
    static func text(_ document: JSONValue) -> String {
        guard case .object(let members) = document else { return document.text + "\n" }
        let lines = members.map { member in
            guard case .object(let values) = member.value, !values.isEmpty else {
                return "  \(JSONValue.string(member.name).text): \(member.value.text)"
            }
            let inner = values.map { "    \(JSONValue.string($0.name).text): \($0.value.text)" }
            return "  \(JSONValue.string(member.name).text): {\n\(inner.joined(separator: ",\n"))\n  }"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }
}
