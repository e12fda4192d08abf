/// Opens the configuration, whatever state its file is in (S65).
struct ConfigRecovery {
    let folder: String
    let wallClock: WallClock
    let files: FileSystem
    /// Draws the number that tells one configuration from another.
    let drawLineage: @Sendable () -> Int64

    private var main: String { folder + "/config.sqlite" }
    private var file: DatabaseFile {
        DatabaseFile(folder: folder, name: "config.sqlite", files: files, wallClock: wallClock)
    }
    var backups: ConfigBackups { ConfigBackups(folder: folder + "/backup", files: files) }

    /// The open database and the story.
    struct Result {
        var database: Database
        var opening: ConfigOpening
    }

    /// Opens the file, or restores it, or begins anew, or falls back to reading only.
    ///
    /// - Throws: `StorageError` only when another program holds the file or when a later version wrote it; neither is
    ///   damage, and replacing the file would be.
    func open() throws(StorageError) -> Result {
        do throws(StorageError) {
            switch try ConfigFile.inspect(main, access: .readWrite, in: files) {
            case .intact(let database, let stamp):
                switch try lostChanges(stamp, database) {
                case .none:
                    let sentence = "The configuration is intact at generation \(stamp.generation)."
                    return try ready(database, .intact, sentence)
                case .inBackup(let newer):
                    try database.keepLogOnClose(true)
                    database.close()
                    return try restore(
                        because: "lacks \(newer) changes that a backup has (its write-ahead log was lost)")
                case .inDamagedBackups(let newer):
                    return try ready(
                        database, .restored,
                        "config.sqlite lacks \(newer) changes (its write-ahead log was lost), whose backups are damaged "
                            + "and were kept as \(ConfigBackups.damaged): generation \(stamp.generation) is the newest "
                            + "that is whole.")
                }
            case .damaged(let what):
                return try restore(because: what)
            case .missing:
                let hasBackups = try !backups.entries().isEmpty
                guard try files.size(main + "-wal") == nil, !hasBackups else {
                    return try restore(because: "is missing")
                }
                return try begin(.created, "There was no configuration yet; it begins with factory defaults.")
            case .unreadable(let error):
                // Where this file alone has a bad spot, a backup stands in; any other fault is the whole medium's.
                guard files.readFault(main) != nil else { throw error }
                return try restore(because: "cannot be read (\(error))", unreadable: error)
            }
        } catch {
            switch error.kind {
            case .full, .readOnly, .inputOutput, .damaged: return try frozen(because: error)
            default: throw error
            }
        }
    }

    /// Opens the file for reading and changes nothing: for a tool beside a daemon that has it open.
    ///
    /// - Throws: `StorageError`, also for damage, which the daemon mends at its start.
    func look() throws(StorageError) -> Result {
        // Without the right to write beside the file SQLite cannot share it; a file that nobody has open stands still.
        for access in [Database.Access.readOnly, .frozen] {
            switch try ConfigFile.inspect(main, access: access, in: files) {
            case .intact(let database, let stamp):
                return Result(
                    database: database,
                    opening: ConfigOpening(condition: .intact, sentence: "generation \(stamp.generation)"))
            case .damaged(let what):
                throw .damaged(path: main, "\(what): the daemon restores the newest backup when it starts")
            case .missing:
                return Result(
                    database: try Self.empty(),
                    opening: ConfigOpening(condition: .created, sentence: "There is no configuration yet."))
            case .unreadable(let error):
                if access == .frozen { throw error }
            }
        }
        throw .damaged(path: main, "cannot be read")
    }

    // MARK: - Good again

    /// Transactions that were acknowledged and are not in the file.
    private enum LostChanges {
        case none
        /// An intact backup is ahead of the file.
        case inBackup(Int64)
        /// So were only backups that are damaged: these have been put out of the way.
        case inDamagedBackups(Int64)
    }

    /// Compares the file with the backups of its lineage that say by their names that they are ahead of it.
    private func lostChanges(_ stamp: ConfigFile.Stamp, _ file: Database) throws(StorageError) -> LostChanges {
        let lineage = ConfigBackups.name(of: stamp.lineage)
        var damaged: [ConfigBackups.Entry] = []
        for entry in try backups.entries() where entry.lineage == lineage && entry.commits > stamp.commits {
            switch try ConfigFile.inspect(entry.path, access: .frozen, in: files) {
            case .intact(let database, let ahead):
                database.close()
                guard ahead.lineage == stamp.lineage else { continue }
                // Asked again: another process may have committed, and made this backup of it, since the file was looked
                // at.
                let commits = try ConfigFile.stamp(of: file).commits
                if ahead.commits > commits { return .inBackup(ahead.commits - commits) }
            case .damaged: damaged.append(entry)
            case .missing, .unreadable: continue
            }
        }
        let commits = try ConfigFile.stamp(of: file).commits
        damaged.removeAll { $0.commits <= commits }
        guard let newest = damaged.first else { return .none }
        // Left in place they would count as newer than every backup to come.
        for entry in damaged { try backups.setAside(entry) }
        return .inDamagedBackups(newest.commits - commits)
    }

    /// Moves the damaged file aside and puts the newest good backup, or an empty configuration, in its place.
    ///
    /// What could not be read may be whole: while the file (`unreadable`) or a backup is so, nothing is begun anew.
    private func restore(
        because cause: String, unreadable: StorageError? = nil
    ) throws(StorageError) -> Result {
        var unreadable = unreadable
        var damaged: [ConfigBackups.Entry] = []
        for entry in try backups.entries() {
            switch try ConfigFile.inspect(entry.path, access: .frozen, in: files) {
            case .intact(let backup, let stamp):
                let fresh = try clearFresh()
                try files.createPrivate(fresh)
                try backup.backUp(to: fresh)
                backup.close()
                let story = story(cause, aside: try file.setAside())
                for entry in damaged { try backups.setAside(entry) }
                return try ready(
                    try install(fresh), .restored,
                    "\(story), and generation \(stamp.generation) was restored from the newest good backup.")
            case .damaged: damaged.append(entry)
            case .unreadable(let error): unreadable = unreadable ?? error
            case .missing: continue
            }
        }
        if let unreadable { throw unreadable }
        let story = story(cause, aside: try file.setAside())
        for entry in damaged { try backups.setAside(entry) }
        return try begin(
            .factoryDefaults, "\(story), and there was no good backup: factory defaults hold, nothing is sent.")
    }

    private func story(_ cause: String, aside: String?) -> String {
        "config.sqlite \(cause)" + (aside.map { "; it was kept as \($0)" } ?? "")
    }

    private func begin(_ condition: ConfigOpening.Condition, _ sentence: String) throws(StorageError) -> Result {
        let fresh = try clearFresh()
        try ConfigFile.create(fresh, lineage: drawLineage(), in: files)
        return try ready(try install(fresh), condition, sentence)
    }

    /// Sets a verified file up for use.
    private func ready(
        _ database: Database, _ condition: ConfigOpening.Condition, _ sentence: String
    ) throws(StorageError) -> Result {
        try database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        try ConfigFile.migrate(database)
        return Result(database: database, opening: ConfigOpening(condition: condition, sentence: sentence))
    }

    // MARK: - Reading only

    /// The newest good state among file and backups, for reading; an empty one where none is good.
    private func frozen(because error: StorageError) throws(StorageError) -> Result {
        let reason = "The configuration cannot be written (\(error)); "
        var best: (database: Database, stamp: ConfigFile.Stamp)?
        let paths = [main] + ((try? backups.entries().map(\.path)) ?? [])
        for path in paths {
            guard case .intact(let database, let stamp) = try ConfigFile.inspect(path, access: .frozen, in: files)
            else {
                continue
            }
            guard let present = best, present.stamp.commits >= stamp.commits else {
                best = (database, stamp)
                continue
            }
        }
        if let best {
            return Result(
                database: best.database,
                opening: ConfigOpening(
                    condition: .readOnly,
                    sentence: reason + "generation \(best.stamp.generation) is used and changes are refused."))
        }
        return Result(
            database: try Self.empty(),
            opening: ConfigOpening(
                condition: .readOnly,
                sentence: reason + "none could be read either: factory defaults hold, nothing is sent."))
    }

    /// An empty configuration that takes no change.
    private static func empty() throws(StorageError) -> Database {
        let empty = try Database(path: ":memory:", access: .create)
        try ConfigFile.prepare(empty, lineage: 0)
        try empty.execute("PRAGMA query_only=ON")
        return empty
    }

    // MARK: - Files

    /// The path under which a new file is built, with nothing left of an earlier attempt.
    private func clearFresh() throws(StorageError) -> String {
        let fresh = main + ".new"
        for part in DatabaseFile.parts { try files.remove(fresh + part) }
        return fresh
    }

    /// Puts a complete file in place in one step, so that a power cut leaves either no file or a good one.
    private func install(_ fresh: String) throws(StorageError) -> Database {
        try files.rename(fresh, to: main)
        try files.synchronize(folder)
        switch try ConfigFile.inspect(main, access: .readWrite, in: files) {
        case .intact(let database, _): return database
        case .unreadable(let error): throw error
        case .damaged, .missing: throw .damaged(path: main, "could not be read back after it was made")
        }
    }
}
