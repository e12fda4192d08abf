package import Configuration
internal import Storage

/// What a change would do, before it is made.
package struct ConfigurationPreview: Sendable, Hashable {
    /// The generation that it builds on.
    package var generation: Int
    /// Secrets masked.
    package var changes: [ChangeListing]
    /// Children that would restart.
    package var restarts: Set<ConfigurationChild>
    /// Keys by which it allows more than now (S75).
    package var raises: [String]
}

/// What came of a change that may need the password.
package enum GuardedChange: Sendable, Hashable {
    /// The generation that now holds.
    case done(Int)
    /// Nothing was changed: these keys raise a limit (S75).
    case raises([String])
}

/// Changes that come over the network: they say what they raise, and raise nothing unless whoever asks may.
extension ConfigManager {
    /// What a patch would do.
    ///
    /// - Throws: `ConfigError.refused` where it would be refused.
    package func preview(_ patch: ConfigurationPatch) throws(ConfigError) -> ConfigurationPreview {
        let (_, state) = try opened()
        let wanted = try ConfigError.checking { () throws(ConfigurationRefusal) in try judged(patch, state.stored) }
        return preview(of: wanted.values, wanted.configuration, state)
    }

    /// What returning to an earlier generation would do.
    package func previewRollback(to generation: Int) throws(ConfigError) -> ConfigurationPreview {
        let (store, state) = try opened()
        let earlier = try ConfigError.storing { () throws(StorageError) in try store.settings(at: generation) }
        let values = StoredSettings(earlier, schema: rules.schema).values
        return preview(of: values, try required(values), state)
    }

    /// What an import would do.
    ///
    /// - Throws: `ConfigError.refused` where it would be refused.
    package func previewImport(_ document: [UInt8]) throws(ConfigError) -> ConfigurationPreview {
        let (_, state) = try opened()
        let values = try ConfigError.checking { () throws(ConfigurationRefusal) in
            try imported(document, onto: state.stored)
        }
        return preview(of: values, try required(values), state)
    }

    // Nothing is awaited between look and deed: nobody comes between, but another process, whose change was taken up.

    /// Applies a patch unless it raises a limit and may not.
    package func apply(
        _ patch: ConfigurationPatch, author: String, mayRaise: Bool
    ) throws(ConfigError) -> GuardedChange {
        try refresh()
        let raises = try preview(patch).raises
        guard mayRaise || raises.isEmpty else { return .raises(raises) }
        return .done(try apply(patch, author: author))
    }

    /// Returns to an earlier generation unless that raises a limit and may not.
    package func rollback(
        to generation: Int, author: String, mayRaise: Bool
    ) throws(ConfigError) -> GuardedChange {
        try refresh()
        let raises = try previewRollback(to: generation).raises
        guard mayRaise || raises.isEmpty else { return .raises(raises) }
        return .done(try rollback(to: generation, author: author))
    }

    /// Replaces the whole configuration by a document's unless that raises a limit and may not.
    package func `import`(
        _ document: [UInt8], author: String, mayRaise: Bool
    ) throws(ConfigError) -> GuardedChange {
        try refresh()
        let raises = try previewImport(document).raises
        guard mayRaise || raises.isEmpty else { return .raises(raises) }
        let outcome = try `import`(document, author: author, dryRun: false)
        if let generation = outcome.generation { return .done(generation) }
        return .done(try opened().state.generation)
    }

    // MARK: - Private

    /// A whole configuration as it would be used.
    private func required(_ values: ConfigurationValues) throws(ConfigError) -> GatewayConfiguration {
        try ConfigError.checking { () throws(ConfigurationRefusal) in
            try rules.require(overrides.applied(to: values))
        }
    }

    private func preview(
        of values: ConfigurationValues, _ configuration: GatewayConfiguration, _ state: ConfigurationState
    ) -> ConfigurationPreview {
        let effective = overrides.applied(to: values)
        let keys = Set(state.effective.keys).union(effective.keys).filter { state.effective[$0] != effective[$0] }
        return ConfigurationPreview(
            generation: state.generation, changes: listing(from: state.stored, to: values),
            restarts: rules.restarts(Set(keys), from: state.configuration, to: configuration),
            raises: rules.raises(from: state.effective, to: effective))
    }
}
