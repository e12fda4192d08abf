internal import Configuration
internal import Storage

/// Finds the configuration that a start uses (S63): the stored one, else the newest valid generation, else factory
/// defaults; with the overrides of this run always on top.
struct StartSearch {
    let store: ConfigStore
    let rules: ConfigurationRules
    let overrides: ConfigurationOverrides

    /// Whom history names for what a start had to do.
    static let author = "start"

    func run() throws(ConfigError) -> (state: ConfigurationState, notices: [String]) {
        let (generation, stored) = try ConfigError.storing { () throws(StorageError) in
            (try store.generation(), StoredSettings(try store.settings(), schema: rules.schema))
        }
        var notices: [String] = []
        if !stored.foreign.isEmpty {
            notices.append(
                "These stored settings are unknown to this version and were left alone: "
                    + stored.foreign.joined(separator: ", ") + ".")
        }
        if let state = state(stored.values, generation) {
            // A failure to note it costs nothing but history.
            try? store.markGood(generation)
            return (state, notices)
        }
        let problems = rules.validate(stored.values)
        // The stored configuration is good by itself: what is wrong came in with the overrides.
        guard !problems.isEmpty else { throw refusal(stored.values) }
        let (state, notice) = try fallBack(from: generation)
        let why = problems.map(\.sentence).joined(separator: " ")
        return (state, notices + ["The stored configuration, generation \(generation), is not valid. \(why) \(notice)"])
    }

    /// The stored configuration whatever it is worth, with what is wrong with it; nothing is written.
    ///
    /// Where it is not valid by itself, the parts' configuration is that of factory defaults.
    func asStored() throws(ConfigError) -> (state: ConfigurationState, notices: [String]) {
        let (generation, stored) = try ConfigError.storing { () throws(StorageError) in
            (try store.generation(), StoredSettings(try store.settings(), schema: rules.schema))
        }
        if let state = state(stored.values, generation) { return (state, []) }
        guard let defaults = try? rules.require([:]) else { throw refusal([:]) }
        let effective = overrides.applied(to: stored.values)
        let state = ConfigurationState(
            generation: generation, stored: stored.values, effective: effective, configuration: defaults)
        return (state, rules.validate(effective).map(\.sentence))
    }

    // MARK: - Private

    /// The newest earlier generation that is valid, made the newest one, so that what runs is what is stored.
    private func fallBack(from newest: Int) throws(ConfigError) -> (ConfigurationState, String) {
        for generation in stride(from: newest - 1, to: 0, by: -1) {
            // Where history ends there is nothing older either.
            guard let earlier = try? store.settings(at: generation) else { break }
            let values = StoredSettings(earlier, schema: rules.schema).values
            guard var state = state(values, generation) else { continue }
            state.generation = (try? store.rollback(to: generation, author: Self.author)) ?? generation
            return (state, "Generation \(generation) was the last good one and is used again.")
        }
        guard var state = state([:], newest) else { throw refusal([:]) }
        let names = ((try? store.settings()) ?? [:]).keys
        state.generation = (try? store.commit(erase: Set(names), author: Self.author)) ?? newest
        return (state, "No earlier one is valid either: factory defaults hold, nothing is sent.")
    }

    private func state(_ values: ConfigurationValues, _ generation: Int) -> ConfigurationState? {
        let effective = overrides.applied(to: values)
        guard let configuration = try? rules.require(effective) else { return nil }
        return ConfigurationState(
            generation: generation, stored: values, effective: effective, configuration: configuration)
    }

    private func refusal(_ values: ConfigurationValues) -> ConfigError {
        .refused(ConfigurationRefusal(rules.validate(overrides.applied(to: values))))
    }
}
