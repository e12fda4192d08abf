package import JSONText

extension Shape {
    /// The shape as JSON Schema 2020-12, the dialect of OpenAPI 3.1.
    ///
    /// - Parameters:
    ///   - strictness: closed for what a client sends.
    ///   - components: shapes with a name are put here, and referred to.
    /// - Returns: the schema.
    package func schema(_ strictness: Strictness, _ components: inout [String: JSONValue]) -> JSONValue {
        switch self {
        case .anything: [:]
        case .written(let schema): schema
        case .bool: ["type": "boolean"]
        case .integer(let range):
            Self.typed("integer", range.map { (.integer($0.lowerBound), .integer($0.upperBound)) })
        case .number(let range): Self.typed("number", range.map { (.number($0.lowerBound), .number($0.upperBound)) })
        case .text(let range):
            range.map {
                ["type": "string", "minLength": .integer($0.lowerBound), "maxLength": .integer($0.upperBound)]
            } ?? ["type": "string"]
        case .line(let range): Self.text(range, "^[^\\u0000-\\u001f\\u007f]*$")
        case .identifier(let range): Self.text(range, "^[A-Za-z0-9._-]*$")
        case .time: ["type": "string", "format": "date-time"]
        case .word(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .array(let shape, let count): Self.array(shape.schema(strictness, &components), count)
        case .map(let shape): ["type": "object", "additionalProperties": shape.schema(strictness, &components)]
        case .object(let fields): Self.object(fields, strictness, &components)
        case .nullable(let shape): Self.nullable(shape.schema(strictness, &components))
        case .either(let shapes): ["anyOf": .array(shapes.map { $0.schema(strictness, &components) })]
        case .named(let name, let shape):
            Self.reference(name, { shape.schema(strictness, &$0) }, &components)
        }
    }

    // MARK: - Private

    private static func text(_ range: ClosedRange<Int>, _ pattern: String) -> JSONValue {
        [
            "type": "string", "minLength": .integer(range.lowerBound), "maxLength": .integer(range.upperBound),
            "pattern": .string(pattern),
        ]
    }

    private static func typed(_ type: String, _ range: (JSONValue, JSONValue)?) -> JSONValue {
        guard let (least, most) = range else { return ["type": .string(type)] }
        return ["type": .string(type), "minimum": least, "maximum": most]
    }

    private static func array(_ items: JSONValue, _ count: ClosedRange<Int>?) -> JSONValue {
        guard let count else { return ["type": "array", "items": items] }
        return [
            "type": "array", "items": items, "minItems": .integer(count.lowerBound),
            "maxItems": .integer(count.upperBound),
        ]
    }

    private static func object(
        _ fields: [Field], _ strictness: Strictness, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        var properties: [JSONValue.Member] = []
        for field in fields {
            properties.append(.init(field.name, field.shape.schema(strictness, &components)))
        }
        var members: [JSONValue.Member] = [.init("type", "object"), .init("properties", .object(properties))]
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { members.append(.init("required", .array(required.map { .string($0) }))) }
        if strictness == .closed { members.append(.init("additionalProperties", false)) }
        return .object(members)
    }

    private static func nullable(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema, !members.isEmpty else { return schema }
        guard let place = members.firstIndex(where: { $0.name == "type" }),
            case .string(let type) = members[place].value
        else { return ["anyOf": [schema, ["type": "null"]]] }
        members[place].value = .array([.string(type), "null"])
        // A list of words says what null is, too.
        if let words = members.firstIndex(where: { $0.name == "enum" }), case .array(let list) = members[words].value {
            members[words].value = .array(list + [.null])
        }
        return .object(members)
    }

    private static func reference(
        _ name: String, _ write: (inout [String: JSONValue]) -> JSONValue, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        if components[name] == nil {
            // Held open while it is written: a shape may speak of itself.
            components[name] = .null
            components[name] = write(&components)
        }
        return ["$ref": .string("#/components/schemas/" + name)]
    }
}
