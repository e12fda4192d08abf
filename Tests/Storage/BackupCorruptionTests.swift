import Storage
import Testing

/// S65 where the backups are damaged with the file that they are for.
@Suite(.timeLimit(.minutes(5))) struct BackupCorruptionTests {
    private static let backupHarms: [Harm] = [
        .header, .truncation, .empty, .zeroing, .randomBytes, .oneBit, .notADatabase, .missing,
    ]

    @Test(arguments: [false, true])
    func `S65: after 1000 random corruptions of file and backups a start finds one whole state, or none and says so`(
        isCheckpointed: Bool
    ) throws {
        let original = try ConfigurationFiles(isCheckpointed: isCheckpointed)
        #expect(original.backups.count == 3)
        var random = SplitMix(state: isCheckpointed ? 66 : 67)
        var seen: [ConfigOpening.Condition: Int] = [:]
        for round in 0..<500 {
            var harmed = original
            let harm = Harm.allCases[round % Harm.allCases.count]
            harmed.apply(harm, &random)
            var sound: [Int] = []
            for backup in original.backups {
                // Two of three are damaged, so that all are in a third of the rounds.
                guard Int.random(in: 0..<3, using: &random) > 0 else {
                    sound.append(ConfigurationFiles.commits(backup))
                    continue
                }
                let kind = Self.backupHarms.randomElement(using: &random) ?? .empty
                harmed.files[backup] = ConfigurationFiles.damaged(harmed.files[backup] ?? [], kind, &random)
            }
            let folder = TemporaryFolder()
            harmed.write(to: folder)
            let store = try ConfigStore(folder: folder.path, wallClock: noon)
            let story = Comment("\(harm), round \(round): \(store.opening.sentence)")
            seen[store.opening.condition, default: 0] += 1
            // By their names: a backup that is gone altogether tells nobody what it held.
            let newestKnown = harmed.backups.map(ConfigurationFiles.commits).max() ?? 0
            try check(store, original, newestSound: sound.max() ?? 0, newestKnown: newestKnown, story)
            checkEvidence(harmed, in: folder, store.opening.condition, story)
            try store.commit(set: [try name("pack.1.cells"): .int(8)], author: "test")
            store.close()
            let again = try ConfigStore(folder: folder.path, wallClock: noon)
            #expect(again.opening.condition == .intact, story)
            #expect(try again.setting(try name("pack.1.cells")) == .int(8), story)
        }
        for condition in [ConfigOpening.Condition.intact, .restored, .factoryDefaults] {
            #expect(seen[condition, default: 0] > 20, "\(seen)")
        }
    }

    /// The state is one that was, at least as new as the newest backup that nobody touched; anything older than what is
    /// known to have been is said.
    private func check(
        _ store: ConfigStore, _ original: ConfigurationFiles, newestSound: Int, newestKnown: Int, _ story: Comment
    ) throws {
        let state = try ConfigurationFiles.State(of: store)
        guard store.opening.condition != .factoryDefaults else {
            #expect(newestSound == 0, story)
            #expect(state.values.isEmpty && state.latched.isEmpty, story)
            #expect(store.opening.isFault, story)
            return
        }
        // The file itself was the first transaction.
        let commits = try #require(original.history.firstIndex(of: state), story) + 1
        #expect(commits >= newestSound, story)
        #expect(store.opening.isFault || commits >= newestKnown, story)
    }

    /// Nothing that was found damaged is gone.
    private func checkEvidence(
        _ harmed: ConfigurationFiles, in folder: TemporaryFolder, _ condition: ConfigOpening.Condition,
        _ story: Comment
    ) {
        let backups = TemporaryFolder.names(in: folder.file("backup")).map { "backup/" + $0 }
        let present = (TemporaryFolder.names(in: folder.path).filter { $0.contains("damaged") } + backups)
            .compactMap { TemporaryFolder.read(folder.file($0)) }
        let lost = harmed.backups.filter { !present.contains(harmed.files[$0] ?? []) }
        #expect(lost.isEmpty, story)
        guard condition == .factoryDefaults else { return }
        // The index is no data: SQLite makes it anew when it looks.
        for part in ["", "-wal", "-journal"] {
            guard let bytes = harmed.files["config.sqlite" + part] else { continue }
            let isKept = present.contains(bytes)
            #expect(isKept, "config.sqlite\(part) of \(story)")
        }
    }
}
