internal import Configuration
internal import Storage

extension ConfigManager {
    /// The newest generations, newest first, secrets masked.
    package func history(limit: Int = ConfigStore.keptGenerations) throws(ConfigError) -> [GenerationListing] {
        let (store, _) = try opened()
        let generations = try ConfigError.storing { () throws(StorageError) in try store.history(limit: limit) }
        return generations.map { generation in
            GenerationListing(
                generation: generation.number, time: generation.time, author: generation.author,
                changes: StoredSettings.listing(generation.changes, schema: rules.schema))
        }
    }

    /// What leads from one generation to another, secrets masked.
    ///
    /// - Throws: `ConfigError.storage(.unknownGeneration)`.
    package func differences(from: Int, to: Int) throws(ConfigError) -> [ChangeListing] {
        let (store, _) = try opened()
        let changes = try ConfigError.storing { () throws(StorageError) in try store.differences(from: from, to: to) }
        return StoredSettings.listing(changes, schema: rules.schema)
    }

    /// Makes a new generation that equals an earlier one, if that is still valid.
    ///
    /// - Returns: the generation that now holds.
    /// - Throws: `ConfigError`; then everything is as it was.
    @discardableResult
    package func rollback(to generation: Int, author: String) throws(ConfigError) -> Int {
        try onNewest { store, state throws(ConfigError) in
            let earlier = try ConfigError.storing { () throws(StorageError) in try store.settings(at: generation) }
            let values = StoredSettings(earlier, schema: rules.schema).values
            let configuration = try ConfigError.checking { () throws(ConfigurationRefusal) in
                try rules.require(overrides.applied(to: values))
            }
            return try commit(values, configuration, store, state, author: author)
        }
    }

    /// What leads from some values to others, secrets masked.
    func listing(from old: ConfigurationValues, to new: ConfigurationValues) -> [ChangeListing] {
        Set(old.keys).union(new.keys).sorted().compactMap { key in
            guard old[key] != new[key] else { return nil }
            return ChangeListing(
                key: key, old: ConfigurationDocument.masked(old[key], key, rules.schema),
                new: ConfigurationDocument.masked(new[key], key, rules.schema))
        }
    }
}
