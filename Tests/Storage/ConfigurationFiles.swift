import Storage

/// What may happen to the database and what SQLite keeps beside it.
enum Harm: CaseIterable {
    case header, truncation, empty, zeroing, randomBytes, oneBit, notADatabase, missing
    case missingLog, damagedLog, tornLog, damagedIndex, strayJournal
}

/// Files of a configuration in use, as bytes: some changes still in the log only.
struct ConfigurationFiles {
    /// What a start may find: everything that was ever acknowledged as a whole.
    struct State: Hashable {
        var values: [SettingName: StoredValue]
        var latched: [SettingName: StoredValue]
        var generation: Int
    }

    var files: [String: [UInt8]] = [:]
    /// After each transaction, the oldest first; the number of transactions is the place in it.
    var history: [State] = []

    var values: [SettingName: StoredValue] { history.last?.values ?? [:] }
    var generation: Int { history.last?.generation ?? 0 }

    /// `isCheckpointed`: whether the log was written back, as after a clean stop.
    init(isCheckpointed: Bool) throws {
        let folder = TemporaryFolder()
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        history = [try State(of: store)]
        for number in 1...12 {
            try store.commit(
                set: [
                    try name("pack.1.max_charge_a"): .float(Double(number)), try name("pack.1.cells"): .int(16),
                    try name("pack.1.name"): .string("pack \(number)"),
                    try name("system.commissioned"): .bool(true),
                ], author: "test")
            history.append(try State(of: store))
        }
        try store.keep([try name("fault.1"): .blob([1, 2, 3])], .latch)
        history.append(try State(of: store))
        if isCheckpointed { store.close() }
        for file in TemporaryFolder.names(in: folder.path) where file.hasPrefix("config") {
            files[file] = TemporaryFolder.read(folder.file(file))
        }
        for file in TemporaryFolder.names(in: folder.file("backup")) {
            files["backup/" + file] = TemporaryFolder.read(folder.file("backup/" + file))
        }
    }

    /// The backups, oldest first.
    var backups: [String] {
        files.keys.filter { $0.hasPrefix("backup/") }.sorted { Self.commits($0) < Self.commits($1) }
    }

    /// How many transactions a backup holds, by its name.
    static func commits(_ backup: String) -> Int { Int(backup.split(separator: ".").dropLast().last ?? "") ?? 0 }

    func write(to folder: TemporaryFolder) {
        _ = folder.folder("backup")
        for (file, bytes) in files { TemporaryFolder.write(bytes, to: folder.file(file)) }
    }

    /// Damages the database in use, or what stands beside it.
    mutating func apply(_ harm: Harm, _ random: inout SplitMix) {
        let log = files["config.sqlite-wal"]
        switch harm {
        case .missingLog: files["config.sqlite-wal"] = nil
        case .damagedLog: files["config.sqlite-wal"] = log.map { Self.scattered(in: $0, most: 8, &random) }
        case .tornLog:
            files["config.sqlite-wal"] = log.map { Array($0.prefix(Int.random(in: 0...$0.count, using: &random))) }
        case .damagedIndex:
            files["config.sqlite-shm"] = (0..<32_768).map { _ in UInt8.random(in: 0...255, using: &random) }
        case .strayJournal:
            files["config.sqlite-journal"] = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }
        default: files["config.sqlite"] = Self.damaged(files["config.sqlite"] ?? [], harm, &random)
        }
    }

    /// A database file after a harm of its own; nil when it is gone.
    static func damaged(_ file: [UInt8], _ harm: Harm, _ random: inout SplitMix) -> [UInt8]? {
        var file = file
        switch harm {
        case .header:
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                file[Int.random(in: 0..<100, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        case .truncation: file = Array(file.prefix(Int.random(in: 1..<file.count, using: &random)))
        case .empty: file = []
        case .zeroing:
            let begin = Int.random(in: 0..<file.count, using: &random)
            for place in begin..<min(file.count, begin + Int.random(in: 1...8192, using: &random)) { file[place] = 0 }
        case .randomBytes: file = scattered(in: file, most: 64, &random)
        case .oneBit:
            file[Int.random(in: 0..<file.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .notADatabase: file = (0..<4000).map { _ in UInt8.random(in: 0...255, using: &random) }
        case .missing: return nil
        default: break
        }
        return file
    }

    private static func scattered(in file: [UInt8], most: Int, _ random: inout SplitMix) -> [UInt8] {
        var file = file
        for _ in 0..<Int.random(in: 1...most, using: &random) where !file.isEmpty {
            file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return file
    }
}

extension ConfigurationFiles.State {
    /// What a store holds.
    init(of store: ConfigStore) throws {
        self.init(
            values: try store.settings(), latched: try store.plain(namespace: "fault"),
            generation: try store.generation())
    }
}
