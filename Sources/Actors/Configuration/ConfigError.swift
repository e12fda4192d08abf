package import Configuration
package import Storage

/// Why a call on the configuration failed.
package enum ConfigError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The configuration that would result is not valid, or the request is none: HTTP 422, exit code 78.
    case refused(ConfigurationRefusal)
    /// The store failed; every old value is kept. A full medium is HTTP 507 (S66).
    case storage(StorageError)
    /// `open()` was not called, or failed.
    case notOpen

    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .storage(let error): error.description
        case .notOpen: "the configuration is not open"
        }
    }

    /// Runs a call on the store.
    static func storing<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(ConfigError) -> Result {
        do throws(StorageError) { return try body() } catch { throw .storage(error) }
    }

    /// Runs a check.
    static func checking<Result>(
        _ body: () throws(ConfigurationRefusal) -> Result
    ) throws(ConfigError) -> Result {
        do throws(ConfigurationRefusal) { return try body() } catch { throw .refused(error) }
    }
}
