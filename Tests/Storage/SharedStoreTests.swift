import Storage
import Synchronization
import Testing

/// Seen red without the snapshot in `ConfigFile.inspect`, and without the second look in `ConfigRecovery.lostChanges`.
@Suite(.timeLimit(.minutes(2))) struct SharedStoreTests {
    @Test func `S65: opening beside a process that commits is never taken for damage`() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        let stop = Atomic(false)
        let first = try ConfigStore(folder: path, wallClock: noon)
        first.close()
        async let commits: Int = Task.detached {
            let store = try ConfigStore(folder: path, wallClock: noon)
            var count = 0
            while !stop.load(ordering: .relaxed) {
                count += 1
                try store.commit(set: [try SettingName("test", "n"): .int(Int64(count))], author: "daemon")
            }
            return count
        }.value
        // However this ends, so that the other side ends too.
        defer { stop.store(true, ordering: .relaxed) }
        for _ in 0..<150 {
            let store = try ConfigStore(folder: path, wallClock: noon)
            #expect(store.opening.condition == .intact, "\(store.opening.sentence)")
            store.close()
            let reader = try ConfigStore(reading: path)
            _ = try reader.settings()
            reader.close()
        }
        stop.store(true, ordering: .relaxed)
        let count = try await commits
        #expect(try ConfigStore(folder: path, wallClock: noon).generation() == count)
        #expect(!TemporaryFolder.names(in: path).contains { $0.contains("damaged") })
    }
}
