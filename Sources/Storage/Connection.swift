internal import CSQLite
internal import Synchronization

/// The open `sqlite3` handle, shared by a database and its statements; the last of them closes it.
///
/// Not `Sendable`: a connection belongs to one thread at a time.
/// `@safe`: the pointer is private, checked before each use, and closed once.
@safe final class Connection {
    private(set) var handle: OpaquePointer?
    let path: String
    let interrupter: Interrupter

    /// Opens a file.
    ///
    /// - Throws: `StorageError.database` when SQLite cannot open it.
    init(path: String, name: String, flags: Int32, vfs: String?) throws(StorageError) {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &opened, flags, vfs)
        guard code == SQLITE_OK, let handle = unsafe opened else {
            let failure = unsafe Connection.failure(opened, code, "open", path)
            unsafe sqlite3_close_v2(opened)
            throw failure
        }
        unsafe self.handle = handle
        self.path = path
        interrupter = unsafe Interrupter(handle)
        unsafe sqlite3_extended_result_codes(handle, 1)
    }

    deinit { close() }

    /// Closes the handle; statements that still exist answer an error from now on.
    func close() {
        interrupter.forget()
        // close_v2 waits for statements that are not finalized yet, so the order of releases does not matter.
        unsafe sqlite3_close_v2(handle)
        unsafe handle = nil
    }

    /// The handle of an open connection.
    ///
    /// - Throws: `StorageError.database` (misuse) after `close()`.
    func open() throws(StorageError) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw .database(
                DatabaseFailure(operation: "use", subject: path, code: SQLITE_MISUSE, message: "the database is closed")
            )
        }
        return unsafe handle
    }

    /// The error for a result code, in SQLite's own words.
    func failure(_ code: Int32, _ operation: String, _ subject: String) -> StorageError {
        unsafe Connection.failure(handle, code, operation, subject)
    }

    private static func failure(
        _ handle: OpaquePointer?, _ code: Int32, _ operation: String, _ subject: String
    ) -> StorageError {
        // The extended code and the message belong to the handle's most recent call, which is the failed one.
        let extended = unsafe handle.map { unsafe sqlite3_extended_errcode($0) } ?? code
        let words = unsafe handle.flatMap { unsafe sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        let message = unsafe words.map { unsafe String(cString: $0) } ?? "unknown"
        return .database(
            DatabaseFailure(
                operation: operation, subject: subject, code: extended & 0xFF == code & 0xFF ? extended : code,
                message: message))
    }
}

/// Ends whatever a connection is doing, from any thread.
///
/// `@unchecked Sendable`, `@safe`: `sqlite3_interrupt` may be called from any thread while the handle is open, and the
/// lock keeps the closing thread from taking it away in between.
@safe package final class Interrupter: @unchecked Sendable {
    private let handle: Mutex<Held>

    /// `@safe`, `@unchecked Sendable`: only touched under the lock.
    @safe private struct Held: @unchecked Sendable { var pointer: OpaquePointer? }

    fileprivate init(_ pointer: OpaquePointer) { handle = unsafe Mutex(Held(pointer: pointer)) }

    /// Makes the running statement fail with `.interrupted`; does nothing between statements.
    package func interrupt() {
        handle.withLock { held in
            if let pointer = unsafe held.pointer { unsafe sqlite3_interrupt(pointer) }
        }
    }

    fileprivate func forget() { handle.withLock { unsafe $0.pointer = nil } }
}
