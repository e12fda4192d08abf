/// The format of `config.sqlite`, and how to tell whether a file still is what was written.
enum ConfigFile {
    /// `PRAGMA application_id`: "CBc" and the floor of the format. The floor stands here a second time so that a flipped
    /// bit in `user_version` is not taken for the work of a later version, which would keep the gateway from starting.
    static let application: Int64 = 0x4342_6300 | Int64(newestVersion / 1000)

    /// Every format so far. A later one keeps the tables and columns of 1001 and their digest, so that 1001 can read it.
    static let migrations = [
        Migration(
            version: 1001,
            sql: """
                CREATE TABLE meta(
                    id INTEGER PRIMARY KEY CHECK(id = 1), lineage INTEGER NOT NULL, commits INTEGER NOT NULL,
                    last_good INTEGER NOT NULL) STRICT;
                CREATE TABLE setting(
                    namespace TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, value ANY NOT NULL,
                    PRIMARY KEY(namespace, key)) STRICT, WITHOUT ROWID;
                CREATE TABLE generation(
                    number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT NULL) STRICT;
                CREATE TABLE change(
                    generation INTEGER NOT NULL, namespace TEXT NOT NULL, key TEXT NOT NULL, old_type TEXT,
                    old_value ANY, new_type TEXT, new_value ANY,
                    PRIMARY KEY(generation, namespace, key)) STRICT, WITHOUT ROWID;
                CREATE TABLE plain(
                    namespace TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, value ANY NOT NULL,
                    PRIMARY KEY(namespace, key)) STRICT, WITHOUT ROWID;
                CREATE TABLE digest(id INTEGER PRIMARY KEY CHECK(id = 1), value INTEGER NOT NULL) STRICT;
                """)
    ]

    /// Which configuration a file holds, and how far it has come.
    struct Stamp: Sendable, Hashable {
        /// Drawn when the file was first made; a backup is newer only within its own lineage.
        var lineage: Int64
        /// Transactions since then.
        var commits: Int64
        /// Newest generation.
        var generation: Int
    }

    /// What looking at a file told.
    enum Inspection {
        /// All is well; the database is open.
        case intact(Database, Stamp)
        /// The file is not what was written.
        case damaged(String)
        case missing
        /// The medium does not let us tell.
        case unreadable(StorageError)
    }

    /// Opens a file and verifies all of it: header, structure, and every value. What looks damaged is looked at twice.
    ///
    /// - Throws: `StorageError` when another program holds the file, or when it was written by a later version.
    static func inspect(
        _ path: String, access: Database.Access, in files: FileSystem
    ) throws(StorageError) -> Inspection {
        let first = try inspectOnce(path, access: access, in: files)
        guard case .damaged = first else { return first }
        // SQLite calls a page damaged that the medium did not give it, which may be for this moment only.
        let second = try inspectOnce(path, access: access, in: files)
        guard case .damaged = second, let error = files.readFault(path) ?? files.readFault(path + "-wal")
        else { return second }
        return .unreadable(error)
    }

    private static func inspectOnce(
        _ path: String, access: Database.Access, in files: FileSystem
    ) throws(StorageError) -> Inspection {
        do throws(StorageError) {
            guard let size = try files.size(path) else { return .missing }
            if let fault = headerFault(try files.head(path, count: 100), size: size) { return .damaged(fault) }
            let database = try Database(path: path, access: access, files: files)
            // Until the file is known to be good, closing it must not write the log into it.
            try database.keepLogOnClose(true)
            // One snapshot: what another process commits meanwhile must not look like a digest that does not fit.
            try database.execute("BEGIN")
            if let fault = try database.integrityFault() {
                return .damaged("fails SQLite's integrity check: \(fault)")
            }
            let version = try database.version()
            let owner = try database.integer("PRAGMA application_id") ?? 0
            guard version > 0, owner & 0xFF == version / 1000 else { return .damaged("has a damaged header") }
            guard version / 1000 <= newestVersion / 1000 else {
                throw .newerFormat(path: path, version: version, supported: newestVersion)
            }
            let stamp = try stamp(of: database)
            guard try database.integer("SELECT value FROM digest") == digest(of: database) else {
                return .damaged("holds values that were never written: its digest does not fit")
            }
            try database.execute("COMMIT")
            if access == .readWrite {
                try probe(database)
                try database.keepLogOnClose(false)
            }
            return .intact(database, stamp)
        } catch {
            switch error.kind {
            case .damaged: return .damaged("is damaged: \(error)")
            // A statement of ours that a good file would understand.
            case .other: return .damaged("lacks what a configuration has: \(error)")
            case .busy, .refused, .interrupted: throw error
            case .full, .readOnly, .inputOutput: return .unreadable(error)
            }
        }
    }

    /// Makes an empty configuration in a file that stands alone (no log beside it).
    static func create(_ path: String, lineage: Int64, in files: FileSystem) throws(StorageError) {
        try files.createPrivate(path)
        let database = try Database(path: path, access: .readWrite, files: files)
        // The file counts once it is complete and renamed: the medium is waited for then, and not at each step before.
        try database.execute("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY")
        try prepare(database, lineage: lineage)
        database.close()
        try files.synchronize(path)
    }

    /// Brings a file to the newest format; the digest covers the version, so each step seals.
    static func migrate(_ database: Database) throws(StorageError) {
        try database.migrate(migrations) { () throws(StorageError) in try seal(database) }
    }

    /// Makes the tables of an empty configuration.
    static func prepare(_ database: Database, lineage: Int64) throws(StorageError) {
        try database.execute("PRAGMA application_id=\(application)")
        try migrate(database)
        try database.transaction { () throws(StorageError) in
            try database.run(
                "INSERT INTO meta(id, lineage, commits, last_good) VALUES(1, ?, 0, 0)", .integer(lineage))
            try database.run("INSERT INTO digest(id, value) VALUES(1, 0)")
            try seal(database)
        }
    }

    /// Which configuration an open database holds.
    static func stamp(of database: Database) throws(StorageError) -> Stamp {
        let stamps = try database.rows(
            "SELECT lineage, commits, (SELECT ifnull(max(number), 0) FROM generation) FROM meta"
        ) { row throws(StorageError) in
            Stamp(
                lineage: try row.integer(0), commits: try row.integer(1), generation: Int(try row.integer(2)))
        }
        guard stamps.count == 1, let stamp = stamps.first else {
            throw .damaged(path: database.path, "has no stamp")
        }
        return stamp
    }

    /// Counts a transaction and writes the digest of what the file now holds; the last step of every transaction.
    static func seal(_ database: Database) throws(StorageError) {
        try database.run("UPDATE meta SET commits = commits + 1")
        try database.run("UPDATE digest SET value = ?", .integer(try digest(of: database)))
    }

    // MARK: - Private

    private static var newestVersion: Int { migrations.map(\.version).max() ?? 0 }

    /// What is wrong with the first 100 bytes (SQLite's file format, section 1.3); nil where nothing is.
    private static func headerFault(_ head: [UInt8], size: Int) -> String? {
        guard size > 0 else { return "is empty" }
        guard head.count == 100, head.starts(with: Array("SQLite format 3".utf8) + [0]) else {
            return "is not a SQLite database"
        }
        let pageSize = Int(head[16]) << 8 | Int(head[17])
        guard pageSize == 1 || (pageSize >= 512 && pageSize & (pageSize - 1) == 0),
            (1...2).contains(head[18]), (1...2).contains(head[19]), head[20] == 0,
            head[21] == 64, head[22] == 32, head[23] == 32
        else { return "has a damaged header" }
        return Array(head[68...70]) == Array("CBc".utf8) ? nil : "is not a configuration of this program"
    }

    /// Takes the write lock and gives it back: a read-only medium shows here, not at the user's first change.
    private static func probe(_ database: Database) throws(StorageError) {
        try database.execute("BEGIN IMMEDIATE")
        try database.execute("ROLLBACK")
    }

    /// One number over everything the file holds.
    ///
    /// SQLite's integrity check sees broken structure; a flipped bit inside a value it does not see, and a maximum
    /// current read as ten times itself is worse than a file that cannot be read.
    private static func digest(of database: Database) throws(StorageError) -> Int64 {
        var sum = FowlerNollVo()
        sum.add(.integer(Int64(try database.version())))
        let tables = [
            ("SELECT lineage, commits, last_good FROM meta", 3),
            ("SELECT namespace, key, type, value FROM setting ORDER BY namespace, key", 4),
            ("SELECT number, time_ms, author FROM generation ORDER BY number", 3),
            (
                "SELECT generation, namespace, key, old_type, old_value, new_type, new_value FROM change "
                    + "ORDER BY generation, namespace, key", 7
            ),
            ("SELECT namespace, key, type, value FROM plain ORDER BY namespace, key", 4),
        ]
        for (sql, columns) in tables {
            sum.add(.text(sql))
            _ = try database.rows(sql) { row throws(StorageError) in
                for column in 0..<columns { sum.add(row.value(column)) }
            }
        }
        return sum.value
    }
}

/// The 64-bit FNV-1a hash: finds accidents, not forgers.
private struct FowlerNollVo {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    var value: Int64 { Int64(bitPattern: state) }

    mutating func add(_ value: SQLValue) {
        switch value {
        case .null: add(tag: 0)
        case .integer(let value):
            add(tag: 1)
            add(UInt64(bitPattern: value))
        case .real(let value):
            add(tag: 2)
            add(value.bitPattern)
        case .text(let value):
            add(tag: 3)
            add(UInt64(value.utf8.count))
            for byte in value.utf8 { add(tag: byte) }
        case .blob(let value):
            add(tag: 4)
            add(UInt64(value.count))
            for byte in value { add(tag: byte) }
        }
    }

    private mutating func add(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(tag: UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    private mutating func add(tag byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
}
