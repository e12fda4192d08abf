import Storage
import Synchronization
import Testing

/// One of two processes that use the same state folder, on a thread of its own as a process would be.
private actor Neighbour {
    private let thread: StorageThread
    private let path: String

    init(_ path: String) throws {
        self.path = path
        thread = try StorageThread()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Commits until told to stop.
    ///
    /// - Returns: how often.
    func commit(until isOver: @Sendable () -> Bool) throws -> Int {
        let store = try ConfigStore(folder: path, wallClock: noon)
        var count = 0
        repeat {
            count += 1
            try store.commit(set: [try SettingName("test", "n"): .int(Int64(count))], author: "daemon")
        } while !isOver()
        store.close()
        return count
    }

    /// Opens the store so many times, in both ways.
    ///
    /// - Returns: what was not found intact.
    func open(times: Int) throws -> [String] {
        var complaints: [String] = []
        for _ in 0..<times {
            let store = try ConfigStore(folder: path, wallClock: noon)
            if store.opening.condition != .intact { complaints.append(store.opening.sentence) }
            store.close()
            let reader = try ConfigStore(reading: path)
            _ = try reader.settings()
            reader.close()
        }
        return complaints
    }
}

/// Seen red without the snapshot in `ConfigFile.inspect`, and without the second look in `ConfigRecovery.lostChanges`.
@Suite(.timeLimit(.minutes(2))) struct SharedStoreTests {
    @Test func `S65: opening beside a process that commits is never taken for damage`() async throws {
        let folder = TemporaryFolder()
        try ConfigStore(folder: folder.path, wallClock: noon).close()
        let isOver = Atomic(false)
        let daemon = try Neighbour(folder.path)
        let tool = try Neighbour(folder.path)
        async let commits = daemon.commit { isOver.load(ordering: .relaxed) }
        // However this ends, so that the other side ends too.
        defer { isOver.store(true, ordering: .relaxed) }
        let complaints = try await tool.open(times: 60)
        isOver.store(true, ordering: .relaxed)
        let count = try await commits
        #expect(complaints.isEmpty)
        #expect(try ConfigStore(folder: folder.path, wallClock: noon).generation() == count)
        #expect(!TemporaryFolder.names(in: folder.path).contains { $0.contains("damaged") })
    }
}
