/// What storage could not do, and why.
package enum StorageError: Error, Sendable, Hashable {
    /// SQLite refused an operation.
    case database(DatabaseFailure)
    /// A call on a file or folder failed: its name, the path and `errno`.
    case file(call: String, path: String, errno: Int32)
    /// A stored value was read as another type (S62).
    case wrongType(name: String, stored: StoredType, asked: StoredType)
    /// A value is longer than its type allows, in bytes (S62).
    case tooLong(name: String, bytes: Int, limit: Int)
    /// A value that cannot be stored, such as NaN.
    case notStorable(name: String)
    /// A namespace or key that breaks the rules of `SettingName`.
    case badName(String)
    /// A generation that never was or is no longer kept.
    case unknownGeneration(Int)
    /// Somebody else has committed since the values were read on which a commit was to build: the newest generation.
    case overtaken(Int)
    /// The file was written by a later version of the program whose format this one cannot read.
    case newerFormat(path: String, version: Int, supported: Int)
    /// The database is damaged in a way that SQLite itself does not see.
    case damaged(path: String, String)
    /// A thread could not be started: `errno`.
    case thread(errno: Int32)

    /// What kind of trouble it is, whichever layer noticed it.
    package var kind: Kind {
        switch self {
        case .database(let failure): failure.kind
        case .file(_, _, let errno):
            switch errno {
            case 28, 122, 27: .full  // ENOSPC, EDQUOT, EFBIG
            case 30, 13, 1: .readOnly  // EROFS, EACCES, EPERM
            default: .inputOutput
            }
        case .damaged: .damaged
        case .overtaken: .busy
        case .thread: .other
        case .wrongType, .tooLong, .notStorable, .badName, .unknownGeneration, .newerFormat: .refused
        }
    }

    /// The kinds of trouble that callers treat differently.
    package enum Kind: Sendable, Hashable {
        /// No room: HTTP 507, the old value is kept (S66).
        case full
        /// The medium or the file may not be written.
        case readOnly
        /// The medium failed.
        case inputOutput
        /// The file is not what was written.
        case damaged
        /// Somebody else holds the database; trying again may help.
        case busy
        /// The operation was interrupted on request.
        case interrupted
        /// The request itself is at fault.
        case refused
        case other
    }
}

/// A refusal of SQLite, with everything that is needed to understand it.
package struct DatabaseFailure: Error, Sendable, Hashable {
    /// The C call or the purpose, such as `step`.
    package var operation: String
    /// The statement, or the path where there is none.
    package var subject: String
    /// SQLite's extended result code.
    package var code: Int32
    /// SQLite's own words.
    package var message: String

    /// What kind of trouble the result code means.
    package var kind: StorageError.Kind {
        switch code {
        // Parts of a page that cannot be read, or are not what was written, are damage, not a failing call.
        case 522, 8458, 8714: .damaged  // IOERR_SHORT_READ, IOERR_DATA, IOERR_CORRUPTFS
        case 4874, 6410: .inputOutput  // IOERR_SHMSIZE, IOERR_DELETE_NOENT
        default:
            switch code & 0xFF {
            case 13: .full
            case 8, 3, 23: .readOnly
            case 10, 14: .inputOutput
            case 11, 26: .damaged
            case 5, 6: .busy
            case 9: .interrupted
            default: .other
            }
        }
    }
}

extension StorageError: CustomStringConvertible {
    /// One sentence that names the failing call.
    package var description: String {
        switch self {
        case .database(let failure):
            "\(failure.operation) failed: \(failure.message) (SQLite code \(failure.code)): \(failure.subject)"
        case .file(let call, let path, let errno): "\(call) failed on \(path) (errno \(errno))"
        case .wrongType(let name, let stored, let asked):
            "\(name) is stored as \(stored.rawValue) and was read as \(asked.rawValue)"
        case .tooLong(let name, let bytes, let limit): "\(name) has \(bytes) bytes; at most \(limit) can be stored"
        case .notStorable(let name): "\(name): NaN and infinities cannot be stored"
        case .badName(let name): "'\(name)' is no name for a stored value"
        case .unknownGeneration(let number): "generation \(number) is not kept"
        case .overtaken(let newest): "generation \(newest) was committed meanwhile by another process"
        case .newerFormat(let path, let version, let supported):
            "\(path) has format \(version), written by a later version; this one reads up to \(supported)"
        case .damaged(let path, let what): "\(path) \(what)"
        case .thread(let errno): "a storage thread could not be started (errno \(errno))"
        }
    }
}
