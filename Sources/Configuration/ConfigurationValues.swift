/// Settings that somebody set, by dotted key. What is not in it has its default.
package struct ConfigurationValues: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    package private(set) var values: [String: SettingValue]

    package init(_ values: [String: SettingValue] = [:]) { self.values = values }

    package init(dictionaryLiteral elements: (String, SettingValue)...) {
        values = Dictionary(elements) { _, last in last }
    }

    /// A value that was set; nil sets it back to its default.
    package subscript(key: String) -> SettingValue? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// Keys that are set, in order.
    package var keys: [String] { values.keys.sorted() }

    /// These values with others laid over them.
    package func overlaid(by others: ConfigurationValues) -> ConfigurationValues {
        ConfigurationValues(values.merging(others.values) { _, other in other })
    }

    /// These values with a patch applied.
    package func applying(_ patch: ConfigurationPatch) -> ConfigurationValues {
        var result = self
        for key in patch.unset { result[key] = nil }
        for (key, value) in patch.set { result[key] = value }
        return result
    }

    /// Numbers of the packs of which anything is set, in order.
    package var packNumbers: [Int] { Set(values.keys.compactMap(Schema.packNumber(of:))).sorted() }
}

/// A change that somebody asks for: values to set and keys to unset.
package struct ConfigurationPatch: Sendable, Hashable {
    package var set: [String: SettingValue]
    package var unset: Set<String>

    package init(set: [String: SettingValue] = [:], unset: Set<String> = []) {
        self.set = set
        self.unset = unset
    }
}

/// One reason why a configuration is refused.
package struct ValidationProblem: Sendable, Hashable {
    /// The dotted key; empty where the whole is at fault.
    package var field: String
    /// One sentence with the value, the bound and the mend.
    package var sentence: String

    package init(_ field: String, _ sentence: String) {
        self.field = field
        self.sentence = sentence
    }
}

/// A configuration, or a text that should have become one, was refused.
package struct ConfigurationRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one.
    package var problems: [ValidationProblem]

    package init(_ problems: [ValidationProblem]) { self.problems = problems }

    package init(_ field: String, _ sentence: String) { problems = [ValidationProblem(field, sentence)] }

    /// All sentences, one a line.
    package var description: String { problems.map(\.sentence).joined(separator: "\n") }
}
