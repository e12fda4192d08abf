internal import CSQLite

/// A prepared statement. Parameters and columns count from 0.
///
/// Not `Sendable`: it belongs to its database's thread.
/// `@safe`: the pointer is private, made once, and finalized once.
@safe package final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection
    /// The text that was prepared.
    package let sql: String

    init(_ sql: String, on connection: Connection) throws(StorageError) {
        let database = try unsafe connection.open()
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(database, sql, -1, &prepared, nil)
        guard code == SQLITE_OK, let handle = unsafe prepared else {
            unsafe sqlite3_finalize(prepared)
            throw connection.failure(code, "prepare", sql)
        }
        unsafe self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Whether rows are still being read.
    var isBusy: Bool { unsafe sqlite3_stmt_busy(handle) != 0 }

    // MARK: - In

    /// Binds one parameter.
    package func bind(_ value: SQLValue, at index: Int) throws(StorageError) {
        let place = Int32(truncatingIfNeeded: index) &+ 1
        let transient = unsafe cellbridge_sqlite_transient()
        let code =
            switch value {
            case .null: unsafe sqlite3_bind_null(handle, place)
            case .integer(let value): unsafe sqlite3_bind_int64(handle, place, value)
            case .real(let value): unsafe sqlite3_bind_double(handle, place, value)
            case .text(var value):
                value.withUTF8 { bytes in
                    unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                        unsafe sqlite3_bind_text64(
                            handle, place, characters.baseAddress, UInt64(characters.count), transient,
                            UInt8(truncatingIfNeeded: SQLITE_UTF8))
                    }
                }
            case .blob(let value):
                // An empty array has no address, and a null address would bind NULL instead of an empty blob.
                value.isEmpty
                    ? unsafe sqlite3_bind_zeroblob(handle, place, 0)
                    : unsafe value.withUnsafeBytes { bytes in
                        unsafe sqlite3_bind_blob64(
                            handle, place, bytes.baseAddress, UInt64(bytes.count), transient)
                    }
            }
        guard code == SQLITE_OK else { throw connection.failure(code, "bind", sql) }
    }

    /// Binds all parameters, the first at 0.
    package func bind(_ values: [SQLValue]) throws(StorageError) {
        for (index, value) in values.enumerated() { try bind(value, at: index) }
    }

    /// Moves to the next row.
    ///
    /// - Returns: whether there is one.
    package func step() throws(StorageError) -> Bool {
        _ = try unsafe connection.open()
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = connection.failure(code, "step", sql)
            reset()
            throw failure
        }
    }

    /// Makes the statement ready for the next use and forgets its parameters.
    package func reset() {
        // The code repeats the error that `step` already reported.
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    // MARK: - Out

    /// The value of a column of the present row.
    package func value(_ column: Int) -> SQLValue {
        let column = Int32(truncatingIfNeeded: column)
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            // The address first, then the length: the order that SQLite asks for.
            let address = unsafe sqlite3_column_text(handle, column)
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            return .text(unsafe String(decoding: UnsafeBufferPointer(start: address, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let address = unsafe sqlite3_column_blob(handle, column)
            let count = Int(unsafe sqlite3_column_bytes(handle, column))
            return .blob(unsafe Array(UnsafeRawBufferPointer(start: address, count: count)))
        default: return .null
        }
    }

    /// An integer column; any other type is an error.
    package func integer(_ column: Int) throws(StorageError) -> Int64 {
        guard case .integer(let value) = value(column) else { throw mismatch(column, "an integer") }
        return value
    }

    /// A number column; any other type is an error.
    package func real(_ column: Int) throws(StorageError) -> Double {
        guard case .real(let value) = value(column) else { throw mismatch(column, "a number") }
        return value
    }

    /// A text column; any other type is an error.
    package func text(_ column: Int) throws(StorageError) -> String {
        guard case .text(let value) = value(column) else { throw mismatch(column, "a text") }
        return value
    }

    // MARK: - Private

    private func mismatch(_ column: Int, _ wanted: String) -> StorageError {
        .damaged(path: connection.path, "has no \(wanted) in column \(column) of: \(sql)")
    }
}
