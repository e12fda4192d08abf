package import Configuration
package import Storage

/// Owns the configuration: opens it, judges every change with the whole (S63), stores it, and tells who must know.
///
/// Runs on a storage thread, so that a slow card delays nobody but those who wait for it (S33).
package actor ConfigManager {
    private let executor: any SerialExecutor
    private let medium: ConfigMedium
    private let folder: String
    private let wallClock: WallClock
    /// What a valid configuration is.
    package nonisolated let rules: ConfigurationRules
    /// What holds for this run only.
    package nonisolated let overrides: ConfigurationOverrides

    private var phase = Phase.closed
    private var subscribers: [AsyncStream<ConfigurationChange>.Continuation] = []

    private enum Phase {
        case closed
        case open(ConfigStore, ConfigurationState)
    }

    /// Events that wait for a slow subscriber; older ones give way. The newest always says what holds.
    package static let queueLength = 16

    /// What the configuration is opened for.
    package enum Purpose: Sendable, Hashable {
        /// To run on: damage is mended, and a stored configuration that is invalid gives way to a valid one.
        case running
        /// To change it: damage is mended, an invalid configuration stays until the change makes it valid.
        case changing
        /// To look at it: nothing is written; every change fails.
        case reading
    }

    /// Stores what it is given; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - folder: the state folder.
    ///   - executor: where every call runs; calls block, so it is nobody else's: a `StorageThread`.
    ///   - medium: where the folder lives.
    ///   - overrides: environment and command line of this run.
    ///   - rules: what a valid configuration is.
    ///   - wallClock: dates generations.
    package init(
        folder: String, executor: any SerialExecutor, medium: ConfigMedium = ConfigMedium(),
        overrides: ConfigurationOverrides = ConfigurationOverrides(),
        rules: ConfigurationRules = ConfigurationRules(), wallClock: @escaping WallClock
    ) {
        self.folder = folder
        self.executor = executor
        self.medium = medium
        self.overrides = overrides
        self.rules = rules
        self.wallClock = wallClock
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    // MARK: - Opening

    /// Opens the store and finds the configuration that holds.
    ///
    /// To run on, a stored configuration that is invalid gives way to the newest valid generation, else to factory
    /// defaults (S63, S64).
    ///
    /// - Throws: `ConfigError.refused` when the overrides are at fault: somebody asked for this run and nobody else can
    ///   say what was meant. `ConfigError.storage` when another program holds the file or a later version wrote it.
    package func open(for purpose: Purpose = .running) throws(ConfigError) -> ConfigurationStart {
        if case .open(let store, let state) = phase { return start(store, state, []) }
        let store = try ConfigError.storing { () throws(StorageError) in
            purpose == .reading
                ? try ConfigStore(reading: folder)
                : try ConfigStore(
                    folder: folder, files: medium.files, drawLineage: medium.drawLineage, wallClock: wallClock)
        }
        let search = StartSearch(store: store, rules: rules, overrides: overrides)
        let (state, notices) = purpose == .running ? try search.run() : try search.asStored()
        phase = .open(store, state)
        return start(store, state, notices)
    }

    /// Closes the store and ends every subscription.
    package func close() {
        if case .open(let store, _) = phase { store.close() }
        phase = .closed
        for subscriber in subscribers { subscriber.finish() }
        subscribers = []
    }

    // MARK: - Reading

    /// What holds now.
    package func current() throws(ConfigError) -> ConfigurationState { try opened().state }

    /// Why the newest change has no backup; nil where it has one.
    package func backupFailure() throws(ConfigError) -> StorageError? { try opened().store.backupFailure }

    /// Changes from now on. The newest sixteen wait for a slow reader.
    package func changes() -> AsyncStream<ConfigurationChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConfigurationChange.self, bufferingPolicy: .bufferingNewest(Self.queueLength))
        subscribers.append(continuation)
        return stream
    }

    // MARK: - Changing

    /// Applies a patch as one generation: all of it or nothing.
    ///
    /// - Returns: the generation that now holds; the present one where nothing changes.
    /// - Throws: `ConfigError`; then everything is as it was.
    @discardableResult
    package func apply(_ patch: ConfigurationPatch, author: String) throws(ConfigError) -> Int {
        try onNewest { store, state throws(ConfigError) in
            let wanted = try ConfigError.checking { () throws(ConfigurationRefusal) in
                try judged(patch, state.stored)
            }
            return try commit(wanted.values, wanted.configuration, store, state, author: author)
        }
    }

    /// Sets keys back to their defaults as one generation.
    @discardableResult
    package func unset(_ keys: Set<String>, author: String) throws(ConfigError) -> Int {
        try apply(ConfigurationPatch(unset: keys), author: author)
    }

    /// Looks whether another process (`cellbridge config set`) changed the store, and takes the change up.
    package func refresh() throws(ConfigError) {
        let (store, state) = try opened()
        let generation = try ConfigError.storing { () throws(StorageError) in try store.generation() }
        guard generation != state.generation else { return }
        let stored = try ConfigError.storing { () throws(StorageError) in try store.settings() }
        let values = StoredSettings(stored, schema: rules.schema).values
        let configuration = try ConfigError.checking { () throws(ConfigurationRefusal) in
            try rules.require(overrides.applied(to: values))
        }
        let author = (try? store.history(limit: 1))?.first?.author ?? "another process"
        adopt(values, configuration, store, state, generation: generation, author: author)
    }

    // MARK: - For extensions

    /// Store and state.
    ///
    /// - Throws: `ConfigError.notOpen`.
    func opened() throws(ConfigError) -> (store: ConfigStore, state: ConfigurationState) {
        guard case .open(let store, let state) = phase else { throw .notOpen }
        return (store, state)
    }

    /// Most times that another process may come first before a change gives up: more than a script that sets one key after
    /// the other comes to while this process waits for its turn.
    private static let attempts = 100

    /// Makes a change that builds on the newest generation, again when another process has committed meanwhile.
    func onNewest<Result>(
        _ change: (ConfigStore, ConfigurationState) throws(ConfigError) -> Result
    ) throws(ConfigError) -> Result {
        var left = Self.attempts
        while true {
            try refresh()
            let (store, state) = try opened()
            do throws(ConfigError) {
                return try change(store, state)
            } catch {
                left -= 1
                guard case .storage(.overtaken) = error, left > 0 else { throw error }
            }
        }
    }

    /// Stores a configuration that was judged, and tells everyone.
    func commit(
        _ values: ConfigurationValues, _ configuration: GatewayConfiguration, _ store: ConfigStore,
        _ state: ConfigurationState, author: String
    ) throws(ConfigError) -> Int {
        let generation = try ConfigError.storing { () throws(StorageError) in
            var set: [SettingName: StoredValue] = [:]
            for (key, value) in values.values { set[try SettingName(dotted: key)] = StoredSettings.stored(value) }
            var erase: Set<SettingName> = []
            for key in state.stored.keys where values[key] == nil { erase.insert(try SettingName(dotted: key)) }
            return try store.commit(set: set, erase: erase, onto: state.generation, author: author)
        }
        if generation != state.generation {
            adopt(values, configuration, store, state, generation: generation, author: author)
        }
        return generation
    }

    /// A patch judged with the whole configuration that would result, and each of its values by itself, because an
    /// override may hide a stored value only for this run.
    func judged(
        _ patch: ConfigurationPatch, _ stored: ConfigurationValues
    ) throws(ConfigurationRefusal) -> (values: ConfigurationValues, configuration: GatewayConfiguration) {
        var patch = patch
        var problems = patch.unset.sorted().filter { rules.schema.definition(for: $0) == nil }.map(rules.schema.unknown)
        for (key, value) in patch.set.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigurationRefusal) {
                patch.set[key] = try rules.schema.value(value, for: key)
            } catch { problems += error.problems }
        }
        guard problems.isEmpty else { throw ConfigurationRefusal(problems) }
        let values = stored.applying(patch)
        return (values, try rules.require(overrides.applied(to: values)))
    }

    // MARK: - Private

    private func start(
        _ store: ConfigStore, _ state: ConfigurationState, _ notices: [String]
    ) -> ConfigurationStart {
        ConfigurationStart(
            state: state, notices: (store.opening.isFault ? [store.opening.sentence] : []) + notices,
            isWritable: store.opening.condition != .readOnly)
    }

    private func adopt(
        _ values: ConfigurationValues, _ configuration: GatewayConfiguration, _ store: ConfigStore,
        _ state: ConfigurationState, generation: Int, author: String
    ) {
        let new = ConfigurationState(
            generation: generation, stored: values, effective: overrides.applied(to: values),
            configuration: configuration)
        phase = .open(store, new)
        let keys = Set(state.effective.keys).union(new.effective.keys)
            .filter { state.effective[$0] != new.effective[$0] }
        let change = ConfigurationChange(
            generation: generation, author: author, listing: listing(from: state.stored, to: values),
            old: state.configuration, new: configuration, keys: keys,
            restarts: rules.restarts(keys, from: state.configuration, to: configuration))
        subscribers.removeAll { subscriber in
            guard case .terminated = subscriber.yield(change) else { return false }
            return true
        }
    }
}

/// What a configuration is stored on: the real files, or a simulated world's.
package struct ConfigMedium: Sendable {
    package var files: FileSystem
    /// Draws the number that tells a new configuration from every other.
    package var drawLineage: @Sendable () -> Int64

    /// The medium of this computer.
    package init() {
        files = .real
        drawLineage = { .random(in: .min ... .max) }
    }

    /// Another medium.
    package init(files: FileSystem, drawLineage: @escaping @Sendable () -> Int64) {
        self.files = files
        self.drawLineage = drawLineage
    }
}
