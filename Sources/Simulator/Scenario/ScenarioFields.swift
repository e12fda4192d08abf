/// The fields of one JSON object of a scenario: typed, bounded, and none that nobody knows.
struct ScenarioFields {
    /// A member's name.
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Key>

    /// Opens the object.
    ///
    /// - Throws: `DecodingError` for a field that is not in `known`: most likely misspelt, so it must not be ignored.
    init(_ decoder: any Decoder, known: [String]) throws {
        container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !known.contains(key.stringValue) {
            throw error(key.stringValue, "is not known; known are " + known.joined(separator: ", "))
        }
    }

    func has(_ name: String) -> Bool { container.contains(Key(name)) }

    func text(_ name: String) throws -> String? {
        try container.decodeIfPresent(String.self, forKey: Key(name))
    }

    func flag(_ name: String) throws -> Bool? {
        try container.decodeIfPresent(Bool.self, forKey: Key(name))
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let value = try container.decodeIfPresent(Double.self, forKey: Key(name)) else { return nil }
        guard range.contains(value) else {
            throw error(name, "is \(value) but must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        // Read as a number first: the decoder takes a fraction for broken JSON.
        guard let number = try container.decodeIfPresent(Double.self, forKey: Key(name)) else { return nil }
        guard let value = Int(exactly: number), range.contains(value) else {
            throw error(
                name, "is \(number) but must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func value<Value: Decodable>(_ name: String, _: Value.Type = Value.self) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: Key(name))
    }

    /// A field that must be there.
    func required<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else {
            throw DecodingError.keyNotFound(
                Key(name), DecodingError.Context(codingPath: container.codingPath, debugDescription: ""))
        }
        return value
    }

    /// The complaint about a field.
    func error(_ name: String, _ text: String) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(codingPath: container.codingPath + [Key(name)], debugDescription: text))
    }
}
