/// The copies of the configuration beside it, newest three, each a file that stands alone.
///
/// A name says what is inside, `config.LINEAGE.COMMITS.sqlite`, so that a start need not open them.
struct ConfigBackups {
    /// The folder, made with the first backup.
    let folder: String
    let files: FileSystem

    /// How many are kept.
    static let kept = 3

    /// One file.
    struct Entry: Hashable {
        var path: String
        /// As in `ConfigFile.Stamp`, in hexadecimal.
        var lineage: String
        /// As in `ConfigFile.Stamp`.
        var commits: Int64
    }

    /// All backups, newest first.
    func entries() throws(StorageError) -> [Entry] {
        try files.names(in: folder).compactMap { name in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "config", parts[3] == "sqlite", let commits = Int64(parts[2]) else {
                return nil
            }
            return Entry(path: folder + "/" + name, lineage: String(parts[1]), commits: commits)
        }
        .sorted { ($0.commits, $0.path) > ($1.commits, $1.path) }
    }

    /// Makes one from the open configuration, verifies it, and lets the oldest go.
    func make(from database: Database) throws(StorageError) {
        let stamp = try ConfigFile.stamp(of: database)
        try files.makeFolder(folder)
        // A name of this process's own: `cellbridge config set` may store a change while the daemon does.
        let fresh = "\(folder)/new-\(FileSystem.process).sqlite"
        try files.remove(fresh)
        try files.remove(fresh + "-journal")
        try files.createPrivate(fresh)
        try database.backUp(to: fresh)
        guard case .intact(let copy, stamp) = try ConfigFile.inspect(fresh, access: .frozen, in: files) else {
            throw .damaged(path: fresh, "could not be read back")
        }
        copy.close()
        let lineage = Self.name(of: stamp.lineage)
        try files.rename(fresh, to: "\(folder)/config.\(lineage).\(stamp.commits).sqlite")
        try files.synchronize(folder)
        try prune(lineage: lineage)
    }

    /// The end of a name that a damaged backup gets.
    static let damaged = ".damaged"

    /// Puts a damaged backup out of the way.
    func setAside(_ entry: Entry) throws(StorageError) {
        try files.rename(entry.path, to: entry.path + Self.damaged)
    }

    /// A lineage as file names write it.
    static func name(of lineage: Int64) -> String { String(UInt64(bitPattern: lineage), radix: 16) }

    // MARK: - Private

    private func prune(lineage: String) throws(StorageError) {
        let all = try entries()
        let own = all.filter { $0.lineage == lineage }
        // Those of another lineage stay until this one has as many as it needs.
        let others = own.count >= Self.kept ? all.filter { $0.lineage != lineage } : []
        for entry in own.dropFirst(Self.kept) + others { try files.remove(entry.path) }
        let names = try files.names(in: folder)
        for name in names where isAbandoned(name) { try files.remove(folder + "/" + name) }
        let damaged = names.filter { $0.hasSuffix(Self.damaged) }
        for name in damaged.dropLast(Self.kept) { try files.remove(folder + "/" + name) }
    }

    /// Whether a file is what a process left that died while it made a backup.
    private func isAbandoned(_ name: String) -> Bool {
        guard name.hasPrefix("new-"), let process = Int32(name.dropFirst(4).prefix { $0 != "." }) else { return false }
        return !FileSystem.isRunning(process)
    }
}
