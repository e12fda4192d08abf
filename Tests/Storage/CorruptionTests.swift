import Storage
import Testing

/// S65. Whatever happens to the file, the next start has either the values as they were or a stated replacement.
/// Seen red without the digest, the integrity check, the version's second copy, the comparison with the backups, the
/// backup after each change, the log that moves along, and the log that is left alone.
@Suite(.timeLimit(.minutes(5))) struct CorruptionTests {
    @Test(arguments: [false, true])
    func `S65: after 1000 random corruptions the values are there, or their restoration is stated`(
        isCheckpointed: Bool
    ) throws {
        let original = try ConfigurationFiles(isCheckpointed: isCheckpointed)
        var random = SplitMix(state: 65)
        var restored = 0
        for round in 0..<520 {
            let harm = Harm.allCases[round % Harm.allCases.count]
            var harmed = original
            harmed.apply(harm, &random)
            let folder = TemporaryFolder()
            harmed.write(to: folder)
            let store = try ConfigStore(folder: folder.path, wallClock: noon)
            // Backups were intact, so nothing at all may be lost.
            #expect(try store.settings() == original.values, "\(harm) in round \(round): \(store.opening.sentence)")
            #expect(try store.plain(try name("fault.1")) == .blob([1, 2, 3]), "\(harm) in round \(round)")
            #expect(try store.generation() == original.generation)
            #expect(store.opening.condition == .intact || store.opening.condition == .restored)
            // And the store works.
            try store.commit(set: [try name("pack.1.cells"): .int(8)], author: "test")
            store.close()
            let again = try ConfigStore(folder: folder.path, wallClock: noon)
            #expect(again.opening.condition == .intact, "\(harm) in round \(round): \(again.opening.sentence)")
            #expect(try again.setting(try name("pack.1.cells")) == .int(8))
            if store.opening.condition == .restored { restored += 1 }
        }
        #expect(restored > 200)
    }

    @Test func `S65: the damaged file is kept, together with its log`() throws {
        var original = try ConfigurationFiles(isCheckpointed: false)
        original.files["config.sqlite"]?[0] = 0
        let folder = TemporaryFolder()
        original.write(to: folder)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .restored)
        #expect(
            store.opening.sentence
                == "config.sqlite is not a SQLite database; it was kept as config.sqlite.damaged-20251120T120000Z, "
                + "and generation 12 was restored from the newest good backup.")
        let aside = folder.file("config.sqlite.damaged-20251120T120000Z")
        #expect(TemporaryFolder.read(aside) == original.files["config.sqlite"])
        #expect(TemporaryFolder.read(aside + "-wal") == original.files["config.sqlite-wal"])
        #expect(TemporaryFolder.read(aside + "-shm") == original.files["config.sqlite-shm"])
    }

    @Test func `S65: a flipped bit inside a value is noticed`() throws {
        var original = try ConfigurationFiles(isCheckpointed: true)
        var main = try #require(original.files["config.sqlite"])
        // The text of the newest name, wherever it stands.
        let needle = Array("pack 12".utf8)
        for place in 0..<(main.count - needle.count) where Array(main[place..<(place + needle.count)]) == needle {
            main[place] ^= 1
        }
        original.files["config.sqlite"] = main
        let folder = TemporaryFolder()
        original.write(to: folder)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .restored)
        #expect(store.opening.sentence.contains("digest"))
    }

    @Test func `S65: damaged structure is noticed even where every value can still be read`() throws {
        var original = try ConfigurationFiles(isCheckpointed: true)
        // Offset 36: the number of free pages, of which this file has none.
        original.files["config.sqlite"]?[39] = 5
        let folder = TemporaryFolder()
        original.write(to: folder)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .restored)
        #expect(store.opening.sentence.contains("integrity check"), "\(store.opening.sentence)")
        #expect(try store.settings() == original.values)
    }

    @Test func `S65: looking at a damaged file writes nothing into it`() throws {
        let folder = TemporaryFolder()
        try ConfigurationFiles(isCheckpointed: true).write(to: folder)
        let database = try Database(path: folder.file("config.sqlite"), access: .readWrite)
        try database.keepLogOnClose(true)
        // A sound database with a wrong value, in the log only.
        try database.execute("UPDATE setting SET value = 500.0 WHERE key = 'max_charge_a'")
        database.close()
        let main = TemporaryFolder.read(folder.file("config.sqlite"))
        let log = TemporaryFolder.read(folder.file("config.sqlite-wal"))
        #expect(log?.isEmpty == false)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .restored)
        let aside = folder.file("config.sqlite.damaged-20251120T120000Z")
        #expect(TemporaryFolder.read(aside) == main)
        #expect(TemporaryFolder.read(aside + "-wal") == log)
    }

    @Test func `S64, S65: without any good backup, factory defaults hold and the evidence stays`() throws {
        var original = try ConfigurationFiles(isCheckpointed: false)
        for file in original.files.keys { original.files[file]?[0] ^= 0xFF }
        let folder = TemporaryFolder()
        original.write(to: folder)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .factoryDefaults)
        #expect(try store.settings().isEmpty)
        #expect(try store.plain(namespace: "fault").isEmpty)
        #expect(TemporaryFolder.names(in: folder.file("backup")).filter { $0.hasSuffix(".damaged") }.count == 3)
        try store.commit(set: [try name("a.b"): .int(1)], author: "test")
        store.close()
        #expect(try ConfigStore(folder: folder.path, wallClock: noon).opening.condition == .intact)
    }

    @Test func `S65: a damaged newest backup yields to the next`() throws {
        var original = try ConfigurationFiles(isCheckpointed: true)
        original.files["config.sqlite"] = []
        let backups = original.files.keys.filter { $0.hasPrefix("backup/") }
            .sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
        let newest = try #require(backups.last)
        original.files[newest]?.removeLast(5000)
        let folder = TemporaryFolder()
        original.write(to: folder)
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .restored)
        // The newest held the latched fault as well; the one before it has every setting.
        #expect(try store.settings() == original.values)
    }

    @Test func `S65: damage upon damage keeps three sets of evidence, each whole`() throws {
        let original = try ConfigurationFiles(isCheckpointed: false)
        let folder = TemporaryFolder()
        original.write(to: folder)
        for round in 0..<6 {
            TemporaryFolder.write(Array("rubbish \(round)".utf8), to: folder.file("config.sqlite"))
            TemporaryFolder.write(Array("log \(round)".utf8), to: folder.file("config.sqlite-wal"))
            let store = try ConfigStore(folder: folder.path) { Int64(round / 2) * 1000 }
            #expect(store.opening.condition == .restored)
            store.close()
        }
        let evidence = TemporaryFolder.names(in: folder.path).filter { $0.contains("damaged") && !$0.contains("-shm") }
        #expect(evidence.count == 6, "\(evidence)")
        for file in evidence where file.hasSuffix("-wal") { #expect(evidence.contains(String(file.dropLast(4)))) }
    }

    @Test func `S65: a database of another program is not taken for ours`() throws {
        let folder = TemporaryFolder()
        let other = try Database(path: folder.file("config.sqlite"), access: .create)
        try other.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1)")
        other.close()
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        #expect(store.opening.condition == .factoryDefaults)
    }
}
