internal import CSQLite

/// One connection to one SQLite file.
///
/// Every call may block, so a database is used on a `StorageThread` only (S33). Not `Sendable`: one owner.
package final class Database {
    private let connection: Connection
    private let files: FileSystem
    private var statements: [String: Statement] = [:]

    /// How a file is opened.
    package enum Access: Sendable, Hashable {
        /// Must exist; is not written.
        case readOnly
        /// Must exist, and is read as if on a medium that cannot change: no locks, no side files, its log ignored.
        case frozen
        /// Must exist.
        case readWrite
        /// Is made where it does not exist.
        case create
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - access: what may be done with it.
    ///   - files: where the file lives.
    ///   - busyTimeout: how long a call waits for another connection's lock.
    /// - Throws: `StorageError.database` when SQLite cannot open it.
    package init(
        path: String, access: Access, files: FileSystem = .real, busyTimeout: Duration = .seconds(5)
    ) throws(StorageError) {
        self.files = files
        let flags =
            switch access {
            case .readOnly: SQLITE_OPEN_READONLY
            case .frozen: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        let name = access == .frozen ? "file:" + Database.percentEncoded(path) + "?immutable=1" : path
        // One thread at a time uses a connection, so SQLite's own mutexes would only cost.
        connection = try Connection(path: path, name: name, flags: flags | SQLITE_OPEN_NOMUTEX, vfs: files.vfs)
        let milliseconds = busyTimeout / .milliseconds(1)
        let handle = try unsafe connection.open()
        unsafe sqlite3_busy_timeout(handle, Int32(max(0, min(milliseconds, 3_600_000))))
    }

    /// The file.
    package var path: String { connection.path }

    /// Ends a running statement from any thread; cancellation handlers use it.
    package var interrupter: Interrupter { connection.interrupter }

    /// Closes the file; later calls answer an error.
    package func close() {
        statements.removeAll()
        connection.close()
    }

    /// Whether the last close leaves the write-ahead log as it is, so that a damaged file can be kept as evidence.
    package func keepLogOnClose(_ keep: Bool) throws(StorageError) {
        let handle = try unsafe connection.open()
        let code = unsafe cellbridge_sqlite_keep_log(handle, keep ? 1 : 0)
        guard code == SQLITE_OK else { throw connection.failure(code, "db_config", path) }
    }

    // MARK: - Statements

    /// A statement ready to bind; prepared once and kept.
    package func statement(_ sql: String) throws(StorageError) -> Statement {
        if let kept = statements[sql], !kept.isBusy { return kept }
        let fresh = try Statement(sql, on: connection)
        statements[sql] = fresh
        return fresh
    }

    /// Runs a script without parameters or results.
    package func execute(_ sql: String) throws(StorageError) {
        let handle = try unsafe connection.open()
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw connection.failure(code, "execute", sql) }
    }

    /// Runs one statement to its end.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    package func run(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() {}
        let handle = try unsafe connection.open()
        return Int(unsafe sqlite3_changes(handle))
    }

    /// Reads all rows of one statement.
    package func rows<Row>(
        _ sql: String, _ values: SQLValue..., read: (Statement) throws(StorageError) -> Row
    ) throws(StorageError) -> [Row] {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var rows: [Row] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// The first column of the first row as an integer; nil without a row.
    package func integer(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int64? {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        guard try statement.step() else { return nil }
        return try statement.integer(0)
    }

    // MARK: - Transactions

    /// Runs a body as one transaction: all of it or nothing.
    ///
    /// The write lock is taken at the beginning, so that a refusal comes before the work.
    package func transaction<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do throws(StorageError) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite itself has rolled back after some errors; then there is nothing left to end.
            if let handle = unsafe connection.handle, unsafe sqlite3_get_autocommit(handle) == 0 {
                unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            }
            throw error
        }
    }

    // MARK: - Whole file

    /// What SQLite finds wrong with the file's structure; nil where all is well.
    package func integrityFault() throws(StorageError) -> String? {
        let lines = try rows("PRAGMA integrity_check(4)") { row throws(StorageError) in try row.text(0) }
        return lines == ["ok"] ? nil : lines.joined(separator: "; ")
    }

    /// Copies the present state into a file by SQLite's backup API, which is the only safe way while it is in use.
    ///
    /// The copy is one file that needs no log beside it. It is complete and on the medium when this returns.
    package func backUp(to path: String) throws(StorageError) {
        let copy = try Database(path: path, access: .create, files: files)
        // On the medium once, at the end, and not in each step before.
        try copy.execute("PRAGMA synchronous=OFF")
        let from = try unsafe connection.open()
        let into = try unsafe copy.connection.open()
        guard let backup = unsafe sqlite3_backup_init(into, "main", from, "main") else {
            throw unsafe copy.connection.failure(sqlite3_errcode(into), "backup", path)
        }
        var code: Int32
        repeat { code = unsafe sqlite3_backup_step(backup, -1) } while code == SQLITE_OK
        let end = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else {
            throw copy.connection.failure(code == SQLITE_DONE ? end : code, "backup", path)
        }
        // The source's header says WAL; a backup must stand alone.
        try copy.execute("PRAGMA journal_mode=DELETE")
        copy.close()
        try files.synchronize(path)
    }

    // MARK: - Private

    private static func percentEncoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
