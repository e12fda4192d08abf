/// The format of `telemetry.sqlite`, and how it is opened whatever state it is in (S60).
struct TelemetryFile {
    /// `PRAGMA application_id`: "CBt" and the floor of the format, which tells a flipped `user_version` from the work of a
    /// later program.
    static let application: Int64 = 0x4342_7400 | Int64(newestVersion / 1000)

    /// Every format so far. History's samples will be a table of their own in a step of this floor.
    static let migrations = [
        Migration(
            version: 1001,
            sql: """
                CREATE TABLE event(
                    id INTEGER PRIMARY KEY, code TEXT NOT NULL, variant TEXT NOT NULL, pack INTEGER,
                    severity INTEGER NOT NULL, active INTEGER NOT NULL, latched INTEGER NOT NULL,
                    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL,
                    cause TEXT, fields TEXT NOT NULL, acknowledged_ms INTEGER) STRICT;
                CREATE INDEX event_last ON event(last_ms, id);
                CREATE TABLE figure(
                    name TEXT PRIMARY KEY, value REAL NOT NULL, time_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE alert_statistic(
                    code TEXT NOT NULL, variant TEXT NOT NULL, count INTEGER NOT NULL, total_s REAL NOT NULL,
                    longest_s REAL NOT NULL, last_ms INTEGER NOT NULL,
                    PRIMARY KEY(code, variant)) STRICT, WITHOUT ROWID;
                """)
    ]

    let folder: String
    let files: FileSystem
    let wallClock: WallClock

    /// Opens the file; a damaged one is moved aside and begun anew.
    ///
    /// - Returns: the database, and what was wrong with the file before, in one sentence.
    /// - Throws: `StorageError` where the medium refuses, another program holds the file, or a later version wrote it.
    func open() throws(StorageError) -> (database: Database, damage: String?) {
        do throws(StorageError) {
            return (try openAsItIs(), nil)
        } catch {
            guard error.kind == .damaged || error.kind == .other else { throw error }
            // What the medium does not let us read is not damaged; the medium is.
            if let fault = files.readFault(file.path) { throw fault }
            let aside = try file.setAside().map { "; it was kept as \($0)" } ?? ""
            return (try openAsItIs(), "telemetry.sqlite is damaged (\(error))\(aside), and telemetry begins anew")
        }
    }

    // MARK: - Private

    private static var newestVersion: Int { migrations.map(\.version).max() ?? 0 }

    /// One damaged file is enough to look at: it may be as large as its history.
    private var file: DatabaseFile {
        DatabaseFile(folder: folder, name: "telemetry.sqlite", files: files, wallClock: wallClock, kept: 1)
    }

    private func openAsItIs() throws(StorageError) -> Database {
        if try files.size(file.path) == nil { try files.createPrivate(file.path) }
        let database = try Database(path: file.path, access: .readWrite, files: files)
        // Until the file is known to be good, closing it must not write the log into it.
        try database.keepLogOnClose(true)
        if let fault = try database.rows("PRAGMA quick_check(1)", read: { row throws(StorageError) in try row.text(0) })
            .first(where: { $0 != "ok" })
        {
            throw .damaged(path: file.path, "fails SQLite's check: \(fault)")
        }
        let isNew = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
        try isNew ? prepare(database) : check(database)
        try database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        // The log is cut back once its pages are in the file: a burst must not hold its size for ever.
        try database.execute("PRAGMA journal_size_limit=1048576")
        try database.migrate(Self.migrations)
        try database.keepLogOnClose(false)
        return database
    }

    /// Settings that must come before the first table.
    private func prepare(_ database: Database) throws(StorageError) {
        // History gives its pages back as it forgets.
        try database.execute("PRAGMA auto_vacuum=INCREMENTAL")
        try database.execute("PRAGMA application_id=\(Self.application)")
    }

    private func check(_ database: Database) throws(StorageError) {
        let owner = try database.integer("PRAGMA application_id") ?? 0
        let version = try database.version()
        guard owner >> 8 == Self.application >> 8, Int(owner & 0xFF) == version / 1000 else {
            throw .damaged(path: file.path, "has a damaged header, or is no telemetry of this program")
        }
        // Takes the write lock and gives it back: a read-only medium shows here.
        try database.execute("BEGIN IMMEDIATE")
        try database.execute("ROLLBACK")
    }
}
