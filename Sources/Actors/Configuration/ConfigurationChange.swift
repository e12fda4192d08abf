package import Configuration
package import JSONText

/// A commit, told to everyone who uses the configuration.
package struct ConfigurationChange: Sendable, Hashable {
    /// The new generation.
    package var generation: Int
    /// Who asked for it.
    package var author: String
    /// What was committed, secrets masked: for the log (S90).
    package var listing: [ChangeListing]
    package var old: GatewayConfiguration
    package var new: GatewayConfiguration
    /// Keys whose value in force changed; a stored value behind an override is not among them.
    package var keys: Set<String>
    /// Children that must restart; all others take the new values at their next step.
    package var restarts: Set<ConfigurationChild>
}

/// One key's change as people may see it: a secret is `{"value":null,"set":true}`.
package struct ChangeListing: Sendable, Hashable {
    package var key: String
    /// Null where it was not set.
    package var old: JSONValue
    /// Null where it was unset.
    package var new: JSONValue

    package init(key: String, old: JSONValue, new: JSONValue) {
        self.key = key
        self.old = old
        self.new = new
    }

    /// The form of contract.md 3.
    package var json: JSONValue { ["key": .string(key), "old": old, "new": new] }
}

/// One generation as people may see it.
package struct GenerationListing: Sendable, Hashable {
    package var generation: Int
    /// Wall clock, ms since 1970.
    package var time: Int64
    package var author: String
    package var changes: [ChangeListing]
}

/// The configuration in force.
package struct ConfigurationState: Sendable, Hashable {
    package var generation: Int
    /// What the user set and this version knows.
    package var stored: ConfigurationValues
    /// What is set once the overrides of this run are laid over it.
    package var effective: ConfigurationValues
    /// All of it, defaults included, as the gateway uses it.
    package var configuration: GatewayConfiguration
}

/// How the start went.
package struct ConfigurationStart: Sendable, Hashable {
    package var state: ConfigurationState
    /// What happened that somebody should know, one sentence each; empty on an ordinary start.
    package var notices: [String]
    /// Whether changes can be stored at all.
    package var isWritable: Bool
}

/// What an import would do, or did.
package struct ConfigurationImport: Sendable, Hashable {
    /// What differs from now, secrets masked.
    package var changes: [ChangeListing]
    /// Why it would be refused; empty when it may be done.
    package var problems: [ValidationProblem]
    /// The new generation; nil for a dry run.
    package var generation: Int?
}
