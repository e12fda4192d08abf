/// The wall clock: milliseconds since 1970, UTC. Only ever shown, never reckoned with (S57).
package typealias WallClock = @Sendable () -> Int64

/// The configuration in one file, with the ideas of ESP-IDF's NVS (namespaces, typed keys, all-or-nothing commits) and
/// numbered generations on top (S62).
///
/// Every call may block: owned by one actor on a `StorageThread` (S33). Not `Sendable`.
package final class ConfigStore {
    let database: Database
    let backups: ConfigBackups
    let wallClock: WallClock

    /// How the opening went.
    package let opening: ConfigOpening

    /// Why the newest change has no backup; nil where it has one. The change itself is safe.
    package private(set) var backupFailure: StorageError?

    /// How many generations are kept.
    package static let keptGenerations = 200

    /// Opens `STATE/config.sqlite`, mending what can be mended (S65).
    ///
    /// - Parameters:
    ///   - folder: the state folder; made where it does not exist.
    ///   - files: where the folder lives.
    ///   - drawLineage: draws the number that tells a new configuration from every other.
    ///   - wallClock: names damaged files and dates generations.
    /// - Throws: `StorageError` only when another program holds the file or a later version wrote it.
    package init(
        folder: String, files: FileSystem = .real,
        drawLineage: @escaping @Sendable () -> Int64 = { .random(in: .min ... .max) },
        wallClock: @escaping WallClock
    ) throws(StorageError) {
        // A folder that cannot be made shows as a medium that cannot be written.
        try? files.makeFolder(folder)
        let recovery = ConfigRecovery(folder: folder, wallClock: wallClock, files: files, drawLineage: drawLineage)
        let result = try recovery.open()
        database = result.database
        opening = result.opening
        backups = recovery.backups
        self.wallClock = wallClock
        if opening.condition != .readOnly { backUpIfBehind() }
    }

    /// Opens the store of a state folder for reading; nothing is made, mended or moved.
    ///
    /// - Parameter folder: the state folder; where there is no store, the configuration is empty.
    /// - Throws: `StorageError`, `damaged` included.
    package init(reading folder: String) throws(StorageError) {
        let recovery = ConfigRecovery(folder: folder, wallClock: { 0 }, files: .real, drawLineage: { 0 })
        let result = try recovery.look()
        database = result.database
        opening = result.opening
        backups = recovery.backups
        wallClock = { 0 }
    }

    /// Closes the file; later calls answer an error.
    package func close() { database.close() }

    // MARK: - Reading

    /// Number of the newest generation; 0 before the first change.
    package func generation() throws(StorageError) -> Int {
        Int(try database.integer("SELECT ifnull(max(number), 0) FROM generation") ?? 0)
    }

    /// Every setting.
    package func settings() throws(StorageError) -> [SettingName: StoredValue] {
        let pairs = try database.rows("SELECT namespace, key, type, value FROM setting") { row throws(StorageError) in
            let value = try self.value(row, type: 2, column: 3)
            return (try SettingName(try row.text(0), try row.text(1)), value)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// One setting; nil where it is not set.
    package func setting(_ name: SettingName) throws(StorageError) -> StoredValue? {
        try read("SELECT type, value FROM setting WHERE namespace = ? AND key = ?", name)
    }

    /// One setting of a certain type; nil where it is not set.
    ///
    /// - Throws: `StorageError.wrongType` where it is of another type: NVS's rule, so that a program that was changed
    ///   does not take a text for a number.
    package func setting(_ name: SettingName, as type: StoredType) throws(StorageError) -> StoredValue? {
        try Self.require(try setting(name), type, name)
    }

    // MARK: - Changing

    /// Sets and erases settings in one transaction and makes it a generation.
    ///
    /// Setting replaces value and type. Where nothing would change, nothing is written.
    ///
    /// - Parameters:
    ///   - set: new values by name.
    ///   - erase: names that are to be unset.
    ///   - generation: the generation that the values were judged with; nil builds on whatever is there.
    ///   - author: who asked for it.
    ///   - isGood: whether the result was validated, so that pruning never takes it (S63).
    /// - Returns: number of the generation that now holds.
    /// - Throws: `StorageError`, `overtaken` where another process came first; then every old value is kept.
    @discardableResult
    package func commit(
        set: [SettingName: StoredValue] = [:], erase: Set<SettingName> = [], onto generation: Int? = nil,
        author: String, isGood: Bool = true
    ) throws(StorageError) -> Int {
        for (name, value) in set { try value.check(as: name) }
        var isChanged = false
        let number = try database.transaction { () throws(StorageError) in
            let present = try self.generation()
            if let generation, generation != present { throw .overtaken(present) }
            let changes = try changes(set: set, erase: erase)
            guard !changes.isEmpty else { return present }
            isChanged = true
            try write(changes, generation: present + 1, author: author)
            if isGood { try database.run("UPDATE meta SET last_good = ?", SQLValue(present + 1)) }
            try prune(newest: present + 1)
            try ConfigFile.seal(database)
            return present + 1
        }
        if isChanged { backUp() }
        return number
    }

    // MARK: - Private

    private func changes(
        set: [SettingName: StoredValue], erase: Set<SettingName>
    ) throws(StorageError) -> [StoredChange] {
        var changes: [StoredChange] = []
        for name in Swift.Set(set.keys).union(erase).sorted() {
            let old = try setting(name)
            if old != set[name] { changes.append(StoredChange(name: name, old: old, new: set[name])) }
        }
        return changes
    }

    private func write(_ changes: [StoredChange], generation: Int, author: String) throws(StorageError) {
        try database.run(
            "INSERT INTO generation(number, time_ms, author) VALUES(?, ?, ?)", SQLValue(generation),
            .integer(wallClock()), .text(author))
        for change in changes {
            try store(change.new, as: change.name, in: "setting")
            try database.run(
                "INSERT INTO change VALUES(?, ?, ?, ?, ?, ?, ?)", SQLValue(generation), .text(change.name.namespace),
                .text(change.name.key), SQLValue(change.old?.type.rawValue), change.old?.column ?? .null,
                SQLValue(change.new?.type.rawValue), change.new?.column ?? .null)
        }
    }

    /// Writes or erases one row of a table of values.
    func store(_ value: StoredValue?, as name: SettingName, in table: String) throws(StorageError) {
        let namespace = SQLValue.text(name.namespace)
        let key = SQLValue.text(name.key)
        if let value {
            try database.run(
                "INSERT OR REPLACE INTO \(table)(namespace, key, type, value) VALUES(?, ?, ?, ?)", namespace, key,
                .text(value.type.rawValue), value.column)
        } else {
            try database.run("DELETE FROM \(table) WHERE namespace = ? AND key = ?", namespace, key)
        }
    }

    /// Reads one value by a statement that selects type and value.
    func read(_ sql: String, _ name: SettingName) throws(StorageError) -> StoredValue? {
        try database.rows(sql, .text(name.namespace), .text(name.key)) { row throws(StorageError) in
            try value(row, type: 0, column: 1)
        }.first
    }

    /// The value in two columns of a row.
    func value(_ row: Statement, type: Int, column: Int) throws(StorageError) -> StoredValue {
        guard let value = StoredValue(type: try row.text(type), column: row.value(column)) else {
            throw .damaged(path: database.path, "holds a value that does not fit its type")
        }
        return value
    }

    static func require(
        _ value: StoredValue?, _ type: StoredType, _ name: SettingName
    ) throws(StorageError) -> StoredValue? {
        guard let value, value.type != type else { return value }
        throw .wrongType(name: name.dotted, stored: value.type, asked: type)
    }

    /// Makes a backup of what was just committed. Its failure does not undo the commit, which is on the medium.
    func backUp() {
        do throws(StorageError) {
            try backups.make(from: database)
            backupFailure = nil
        } catch { backupFailure = error }
    }

    /// Makes the backup that a power cut right after a commit prevented.
    private func backUpIfBehind() {
        guard let stamp = try? ConfigFile.stamp(of: database), let entries = try? backups.entries() else { return }
        let lineage = ConfigBackups.name(of: stamp.lineage)
        if !entries.contains(where: { $0.lineage == lineage && $0.commits == stamp.commits }) { backUp() }
    }
}
