internal import Configuration
package import JSONText
package import Storage

extension ConfigManager {
    /// The stored configuration as a document; secrets only on request (S75).
    package func export(withSecrets: Bool = false) throws(ConfigError) -> JSONValue {
        let (_, state) = try opened()
        return ConfigurationDocument.export(
            state.stored, generation: state.generation, schema: rules.schema, withSecrets: withSecrets)
    }

    /// Replaces the whole configuration by a document's, or says what that would do.
    ///
    /// Secrets that the document leaves out are kept.
    ///
    /// - Returns: the differences and, after a dry run, the problems.
    /// - Throws: `ConfigError.refused` when it is no dry run and not valid; `ConfigError.storage`.
    package func `import`(
        _ document: [UInt8], author: String, dryRun: Bool
    ) throws(ConfigError) -> ConfigurationImport {
        try onNewest { store, state throws(ConfigError) in
            var outcome = ConfigurationImport(changes: [], problems: [], generation: nil)
            let configuration: GatewayConfiguration
            var values = ConfigurationValues()
            do throws(ConfigurationRefusal) {
                values = try imported(document, onto: state.stored)
                outcome.changes = listing(from: state.stored, to: values)
                configuration = try rules.require(overrides.applied(to: values))
            } catch {
                guard dryRun else { throw .refused(error) }
                outcome.problems = error.problems
                return outcome
            }
            if !dryRun { outcome.generation = try commit(values, configuration, store, state, author: author) }
            return outcome
        }
    }

    /// The values of a document, with the secrets that it leaves out.
    func imported(
        _ document: [UInt8], onto stored: ConfigurationValues
    ) throws(ConfigurationRefusal) -> ConfigurationValues {
        var values = try ConfigurationDocument.values(from: document, schema: rules.schema)
        for (key, value) in stored.values where rules.schema.definition(for: key)?.isSecret == true {
            if values[key] == nil { values[key] = value }
        }
        return values
    }

    // MARK: - Values that are not configuration

    /// One plain value of a certain type; nil where there is none.
    package func plain(_ name: SettingName, as type: StoredType) throws(ConfigError) -> StoredValue? {
        let (store, _) = try opened()
        return try ConfigError.storing { () throws(StorageError) in try store.plain(name, as: type) }
    }

    /// All plain values of a namespace.
    package func plain(namespace: String) throws(ConfigError) -> [SettingName: StoredValue] {
        let (store, _) = try opened()
        return try ConfigError.storing { () throws(StorageError) in try store.plain(namespace: namespace) }
    }

    /// Writes (or, with nil, erases) plain values in one transaction.
    package func keep(
        _ values: [SettingName: StoredValue?], _ keeping: ConfigStore.Keeping = .counter
    ) throws(ConfigError) {
        let (store, _) = try opened()
        try ConfigError.storing { () throws(StorageError) in try store.keep(values, keeping) }
    }
}
