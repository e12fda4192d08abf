internal import Configuration
internal import Storage

/// Settings between the store, which knows types, and the schema, which knows meanings.
struct StoredSettings {
    /// What this version knows.
    var values = ConfigurationValues()
    /// What it does not, such as the settings of a later version that was undone; kept, and left alone.
    var foreign: [String] = []

    init(_ stored: [SettingName: StoredValue], schema: Schema) {
        for (name, value) in stored {
            guard schema.definition(for: name.dotted) != nil, let value = Self.setting(value) else {
                foreign.append(name.dotted)
                continue
            }
            values[name.dotted] = value
        }
        foreign.sort()
    }

    /// A stored value as a setting; nil for a blob, which no setting is.
    static func setting(_ value: StoredValue) -> SettingValue? {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): Int(exactly: value).map { .int($0) }
        case .float(let value): .float(value)
        case .string(let value): .string(value)
        case .blob: nil
        }
    }

    /// A setting as a stored value.
    static func stored(_ value: SettingValue) -> StoredValue {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(Int64(value))
        case .float(let value): .float(value)
        case .string(let value): .string(value)
        }
    }

    /// Changes as people may see them.
    static func listing(_ changes: [StoredChange], schema: Schema) -> [ChangeListing] {
        changes.map { change in
            let key = change.name.dotted
            return ChangeListing(
                key: key,
                old: ConfigurationDocument.masked(change.old.flatMap(setting), key, schema),
                new: ConfigurationDocument.masked(change.new.flatMap(setting), key, schema))
        }
    }
}
