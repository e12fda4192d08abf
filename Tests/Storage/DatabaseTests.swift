import Storage
import Testing

@Suite struct DatabaseTests {
    let folder = TemporaryFolder()

    private func open(_ name: String = "a.sqlite") throws -> Database {
        try Database(path: folder.file(name), access: .create)
    }

    @Test func `every type comes back as it went in`() throws {
        let database = try open()
        try database.execute("CREATE TABLE t(a ANY) STRICT")
        let values: [SQLValue] = [
            .null, .integer(.min), .integer(.max), .real(-0.1), .real(1e300), .text(""), .text("µ\u{0}é"), .blob([]),
            .blob([0, 255, 0]),
        ]
        for value in values { try database.run("INSERT INTO t VALUES(?)", value) }
        #expect(try database.rows("SELECT a FROM t ORDER BY rowid") { $0.value(0) } == values)
    }

    @Test func `a column of another type is an error`() throws {
        let database = try open()
        #expect(throws: StorageError.self) { try database.integer("SELECT 'text'") }
        #expect(throws: StorageError.self) {
            try database.rows("SELECT 1") { row throws(StorageError) in try row.text(0) }
        }
    }

    @Test func `a refusal names the call, the statement and SQLite's words`() throws {
        let database = try open()
        let error = #expect(throws: StorageError.self) { try database.execute("SELECT * FROM nowhere") }
        guard case .database(let failure) = error else {
            Issue.record("not a refusal of SQLite")
            return
        }
        #expect(failure.code == 1)
        #expect(failure.message == "no such table: nowhere")
        #expect(failure.subject == "SELECT * FROM nowhere")
    }

    @Test func `a failed transaction leaves nothing behind`() throws {
        let database = try open()
        try database.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)")
        #expect(throws: StorageError.self) {
            try database.transaction { () throws(StorageError) in
                try database.run("INSERT INTO t VALUES(1)")
                try database.run("INSERT INTO t VALUES(1)")
            }
        }
        #expect(try database.integer("SELECT count(*) FROM t") == 0)
        // And the connection is free for the next one.
        try database.transaction { () throws(StorageError) in _ = try database.run("INSERT INTO t VALUES(1)") }
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func `a lock that is held answers busy`() throws {
        let one = try open()
        try one.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a)")
        let other = try Database(path: folder.file("a.sqlite"), access: .readWrite, busyTimeout: .milliseconds(1))
        try one.execute("BEGIN IMMEDIATE")
        let error = #expect(throws: StorageError.self) { try other.execute("BEGIN IMMEDIATE") }
        #expect(error?.kind == .busy)
    }

    @Test func `a database that does not exist, or is closed, is an error and no trap`() throws {
        let missing = folder.file("missing.sqlite")
        let error = #expect(throws: StorageError.self) { try Database(path: missing, access: .readWrite) }
        #expect(error?.kind == .inputOutput)
        let database = try open()
        let statement = try database.statement("SELECT 1")
        database.close()
        #expect(throws: StorageError.self) { try statement.step() }
        #expect(throws: StorageError.self) { try database.run("SELECT 1") }
    }

    @Test func `interrupt ends a running statement`() throws {
        let database = try open()
        let interrupter = database.interrupter
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let error = #expect(throws: StorageError.self) {
            try database.rows(endless) { row throws(StorageError) in
                // From inside the run, so that no time plays a part.
                if try row.integer(0) == 1000 { interrupter.interrupt() }
            }
        }
        #expect(error?.kind == .interrupted)
        #expect(try database.integer("SELECT 7") == 7)
        database.close()
        interrupter.interrupt()
    }

    @Test func `a backup is one file that stands alone`() throws {
        let database = try open()
        try database.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(5)")
        let path = folder.file("copy ?#%.sqlite")
        try database.backUp(to: path)
        let copy = try Database(path: path, access: .frozen)
        #expect(try copy.integer("SELECT a FROM t") == 5)
        #expect(try copy.integrityFault() == nil)
        #expect(TemporaryFolder.names(in: folder.path).filter { $0.hasPrefix("copy") } == ["copy ?#%.sqlite"])
    }

    @Test func `migrations run once, in order, and each is all or nothing`() throws {
        let database = try open()
        let first = Migration(version: 1001, sql: "CREATE TABLE t(a)")
        let second = Migration(version: 1002, sql: "ALTER TABLE t ADD b; INSERT INTO nowhere VALUES(1)")
        #expect(throws: StorageError.self) { try database.migrate([first, second]) }
        #expect(try database.version() == 1001)
        #expect(try database.integer("SELECT count(*) FROM pragma_table_info('t')") == 1)
        try database.migrate([first, Migration(version: 1002, sql: "ALTER TABLE t ADD b")])
        try database.migrate([first, Migration(version: 1002, sql: "ALTER TABLE t ADD b")])
        #expect(try database.version() == 1002)
    }

    @Test func `an earlier program opens a later format of its floor and refuses the next floor`() throws {
        let database = try open()
        try database.execute("PRAGMA user_version=1009")
        try database.migrate([Migration(version: 1001, sql: "CREATE TABLE t(a)")])
        #expect(try database.version() == 1009)
        try database.execute("PRAGMA user_version=2000")
        #expect(
            throws: StorageError.newerFormat(path: folder.file("a.sqlite"), version: 2000, supported: 1001)
        ) { try database.migrate([Migration(version: 1001, sql: "CREATE TABLE t(a)")]) }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (1_763_635_140_250, "2025-11-20T10:39:00.250Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `moments are written as RFC 3339`(milliseconds: Int64, text: String) {
        #expect(UTCStamp.text(milliseconds: milliseconds) == text)
    }
}
