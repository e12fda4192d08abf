/// A database's file in the state folder, and how a damaged one is put out of the way.
struct DatabaseFile {
    let folder: String
    /// `config.sqlite`.
    let name: String
    let files: FileSystem
    let wallClock: WallClock
    /// Damaged files that are kept, so that a dying card does not fill itself with evidence.
    var kept = 3

    var path: String { folder + "/" + name }

    /// What SQLite keeps beside a database; the four travel together, the database first: a log without its database
    /// is noticed at the next start, a database without its log is not.
    static let parts = ["", "-wal", "-shm", "-journal"]

    /// Renames the file and what belongs to it.
    ///
    /// - Returns: the name under which it is kept; nil where there was nothing.
    func setAside() throws(StorageError) -> String? {
        let stamp = UTCStamp.compact(milliseconds: wallClock())
        let taken = try files.names(in: folder)
        var aside = name + ".damaged-" + stamp
        var copy = 2
        while taken.contains(where: { $0.hasPrefix(aside) }) {
            aside = "\(name).damaged-\(stamp).\(copy)"
            copy += 1
        }
        var moved = false
        for part in Self.parts where try files.size(path + part) != nil {
            try files.rename(path + part, to: folder + "/" + aside + part)
            moved = true
        }
        guard moved else { return nil }
        try files.synchronize(folder)
        try forgetOldDamage()
        return aside
    }

    /// Keeps the newest damaged files only.
    private func forgetOldDamage() throws(StorageError) {
        let names = try files.names(in: folder).filter { $0.hasPrefix(name + ".damaged-") }
        var stems: [String] = []
        for name in names {
            let stem = Self.parts.first { !$0.isEmpty && name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
            if stems.last != stem ?? name { stems.append(stem ?? name) }
        }
        for stem in stems.dropLast(kept) {
            for part in Self.parts { try files.remove(folder + "/" + stem + part) }
        }
    }
}
