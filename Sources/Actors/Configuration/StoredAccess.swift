internal import Access
internal import Storage

/// Passwords' and tokens' hashes beside the configuration, as plain values: no generation, no export and no page has
/// them.
package struct StoredAccess: AccessStore {
    private static let namespace = "access"

    private let manager: ConfigManager

    /// Takes the manager, which has to be open when the store is used.
    package init(_ manager: ConfigManager) { self.manager = manager }

    package func texts() async throws -> [String: String] {
        var texts: [String: String] = [:]
        for (name, value) in try await manager.plain(namespace: Self.namespace) {
            // What is no text was damaged: as an empty one it is refused where it matters, not overlooked.
            if case .string(let text) = value { texts[name.key] = text } else { texts[name.key] = "" }
        }
        return texts
    }

    package func keep(_ texts: [String: String?], isDear: Bool) async throws {
        var values: [SettingName: StoredValue?] = [:]
        for (key, text) in texts {
            values.updateValue(text.map { .string($0) }, forKey: try SettingName(Self.namespace, key))
        }
        try await manager.keep(values, isDear ? .latch : .counter)
    }
}
