/// Values that are not configuration: counters, latched faults, the boot count. They make no generations, and no one
/// sees them in the configuration's pages.
extension ConfigStore {
    /// How dear a plain value is.
    package enum Keeping: Sendable, Hashable {
        /// Survives a power cut. Backups get it with the next change of something dearer, which spares the card.
        case counter
        /// Gets a backup at once, for what must not be forgotten with a damaged file: a latched fault (S4).
        case latch
    }

    /// One plain value; nil where there is none.
    package func plain(_ name: SettingName) throws(StorageError) -> StoredValue? {
        try read("SELECT type, value FROM plain WHERE namespace = ? AND key = ?", name)
    }

    /// One plain value of a certain type; nil where there is none.
    ///
    /// - Throws: `StorageError.wrongType`.
    package func plain(_ name: SettingName, as type: StoredType) throws(StorageError) -> StoredValue? {
        try Self.require(try plain(name), type, name)
    }

    /// All plain values of a namespace.
    package func plain(namespace: String) throws(StorageError) -> [SettingName: StoredValue] {
        let pairs = try database.rows(
            "SELECT namespace, key, type, value FROM plain WHERE namespace = ?", .text(namespace)
        ) { row throws(StorageError) in
            let value = try self.value(row, type: 2, column: 3)
            return (try SettingName(try row.text(0), try row.text(1)), value)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Writes (or, with nil, erases) plain values in one transaction.
    ///
    /// - Throws: `StorageError`; then every old value is kept.
    package func keep(_ values: [SettingName: StoredValue?], _ keeping: Keeping = .counter) throws(StorageError) {
        for (name, value) in values { try value?.check(as: name) }
        try database.transaction { () throws(StorageError) in
            for (name, value) in values { try store(value, as: name, in: "plain") }
            try ConfigFile.seal(database)
        }
        if keeping == .latch { backUp() }
    }
}
