import Configuration
import JSONText

/// The settings as JSON Schema, made from the schema in the code.
enum ConfigSchema {
    /// What a PATCH may hold: keys with their type and bounds, or null.
    static let patch = Shape.named("ConfigurationPatch", .written(document(.gateway)))

    /// What `/api/alerts/config` takes.
    static let alerts = Shape.named(
        "AlertConfiguration",
        .written(document(Schema(Schema.gateway.definitions.filter { $0.key.hasPrefix("alerts.") }))))

    private static func document(_ schema: Schema) -> JSONValue {
        var plain: [JSONValue.Member] = []
        var packs: [JSONValue.Member] = []
        for definition in schema.definitions {
            let value = JSONValue.Member(name(definition), value(definition))
            if definition.isPerPack { packs.append(value) } else { plain.append(value) }
        }
        return [
            "type": "object", "properties": .object(plain), "patternProperties": .object(packs),
            "additionalProperties": false,
        ]
    }

    /// The key; for packs a pattern of keys.
    private static func name(_ definition: SettingDefinition) -> String {
        guard definition.isPerPack else { return definition.key }
        return "^pack\\.([1-9]|1[0-6])\\." + definition.key.dropFirst("pack.N.".count) + "$"
    }

    private static func value(_ definition: SettingDefinition) -> JSONValue {
        var members: [JSONValue.Member]
        switch definition.kind {
        case .bool: members = [.init("type", ["boolean", "null"])]
        case .int(let range):
            members = [
                .init("type", ["integer", "null"]), .init("minimum", .integer(range.lowerBound)),
                .init("maximum", .integer(range.upperBound)),
            ]
        case .float(let range):
            members = [
                .init("type", ["number", "null"]), .init("minimum", .number(range.lowerBound)),
                .init("maximum", .number(range.upperBound)),
            ]
        case .text(let bytes, let ascii):
            members = [
                .init("type", ["string", "null"]),
                .init("pattern", .string(ascii ? "^[ -~]{0,\(bytes)}$" : "^[^\\u0000-\\u001f]*$")),
                // JSON Schema counts characters: one of several bytes may still make it too long, which is then said.
                .init("maxLength", .integer(bytes)),
            ]
        case .word(let words):
            members = [.init("enum", .array(words.map { .string($0) } + [.null]))]
        case .link(let use):
            let forms = use == .pack ? "^(/dev/|serial:/dev/|tcp:|unix:|sim:)" : "^(dry:$|socketcan:|slcan:/dev/)"
            members = [
                .init("type", ["string", "null"]), .init("pattern", .string(forms)), .init("maxLength", .integer(255)),
            ]
        }
        members.append(.init("description", .string(definition.help.english)))
        return .object(members)
    }
}
