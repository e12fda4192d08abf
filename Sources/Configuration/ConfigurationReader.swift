/// Reads values with the schema's defaults behind them.
struct ConfigurationReader {
    let values: ConfigurationValues
    let schema: Schema

    init(_ values: ConfigurationValues, _ schema: Schema) {
        self.values = values
        self.schema = schema
    }

    // MARK: - What may be unknown

    /// What was set, else the default; nil where there is neither.
    func value(_ key: String) -> SettingValue? { values[key] ?? schema.definition(for: key)?.standard }

    func bool(ifKnown key: String) -> Bool? {
        guard case .bool(let value) = value(key) else { return nil }
        return value
    }

    func int(ifKnown key: String) -> Int? {
        guard case .int(let value) = value(key) else { return nil }
        return value
    }

    func float(ifKnown key: String) -> Double? {
        guard case .float(let value) = value(key) else { return nil }
        return value
    }

    func string(ifKnown key: String) -> String? {
        guard case .string(let value) = value(key) else { return nil }
        return value
    }

    func word<Word: RawRepresentable<String>>(ifKnown key: String) -> Word? {
        string(ifKnown: key).flatMap(Word.init(rawValue:))
    }

    // MARK: - What the schema promises

    func bool(_ key: String) throws(ConfigurationRefusal) -> Bool { try promised(bool(ifKnown: key), key) }
    func int(_ key: String) throws(ConfigurationRefusal) -> Int { try promised(int(ifKnown: key), key) }
    func float(_ key: String) throws(ConfigurationRefusal) -> Double { try promised(float(ifKnown: key), key) }
    func string(_ key: String) throws(ConfigurationRefusal) -> String { try promised(string(ifKnown: key), key) }

    func word<Word: RawRepresentable<String>>(_ key: String) throws(ConfigurationRefusal) -> Word {
        try promised(word(ifKnown: key), key)
    }

    /// A time given in milliseconds.
    func milliseconds(_ key: String) throws(ConfigurationRefusal) -> Duration { .milliseconds(try int(key)) }

    /// A time given in seconds.
    func seconds(_ key: String) throws(ConfigurationRefusal) -> Duration { .seconds(try float(key)) }

    private func promised<Value>(_ value: Value?, _ key: String) throws(ConfigurationRefusal) -> Value {
        guard let value else { throw ConfigurationRefusal(key, "\(key) has no value and no default; set it.") }
        return value
    }
}
