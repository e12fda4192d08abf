package import JSONText

extension Schema {
    /// The schema for programs: `config schema --json` and `/api/config/schema`.
    package var json: JSONValue { ["settings": .array(definitions.map(Self.json))] }

    /// The table of docs/configuration.md.
    package var markdown: String {
        var lines = [
            "# Configuration", "",
            "This page is generated from the schema in the code; a test holds the two together.", "",
            "`pack.N.…` stands for pack.1 to pack.\(Self.packs.upperBound). A value is taken from `--set KEY=VALUE`, else "
                + "from the environment (`\(ConfigurationOverrides.variable(for: "pack.1.link"))` for `pack.1.link`), else "
                + "from the stored configuration, else it is the default. *Restarts* names the part of the gateway that "
                + "restarts to take a change up; where it is empty the change holds from the next step on.", "",
            "| key | type | unit | default | allowed | restarts | meaning |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        lines += definitions.map { definition in
            let cells = [
                "`\(definition.key)`" + (definition.isSecret ? " (secret)" : ""), definition.kind.name,
                definition.unit ?? "", Self.standard(definition), definition.kind.bounds,
                ConfigurationChild.allCases.filter(definition.restarts.contains).map(\.rawValue).joined(
                    separator: ", "),
                definition.help.english,
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        lines += ["", "## En français", "", "| clé | signification |", "| --- | --- |"]
        lines += definitions.map { "| `\($0.key)` | \($0.help.french) |" }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Private

    private static func standard(_ definition: SettingDefinition) -> String {
        definition.standardNote ?? definition.standard.map { "`\($0.text)`" } ?? "none"
    }

    private static func json(_ definition: SettingDefinition) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("key", .string(definition.key)), .init("type", .string(definition.kind.name)),
            .init("unit", JSONValue(definition.unit)), .init("default", definition.standard?.json ?? .null),
        ]
        if let note = definition.standardNote { members.append(.init("default_note", .string(note))) }
        switch definition.kind {
        case .bool: break
        case .int(let range):
            members += [.init("minimum", .integer(range.lowerBound)), .init("maximum", .integer(range.upperBound))]
        case .float(let range):
            members += [.init("minimum", .number(range.lowerBound)), .init("maximum", .number(range.upperBound))]
        case .text(let maximum, let ascii):
            members += [.init("max_bytes", .integer(maximum)), .init("ascii", .bool(ascii))]
        case .word(let words): members.append(.init("values", .array(words.map { .string($0) })))
        case .link(let use): members.append(.init("link", .string(use == .pack ? "pack" : "can")))
        }
        if definition.isPerPack { members.append(.init("packs", .integer(packs.upperBound))) }
        members += [
            .init("secret", .bool(definition.isSecret)),
            .init(
                "restarts",
                .array(
                    ConfigurationChild.allCases.filter(definition.restarts.contains).map { .string($0.rawValue) })),
            .init("help", ["en": .string(definition.help.english), "fr": .string(definition.help.french)]),
        ]
        return .object(members)
    }
}
