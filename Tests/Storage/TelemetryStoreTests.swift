import Glibc
import Testing

@testable import Storage

/// Telemetry in real files. Its loss costs memories only; it must never cost a start.
@Suite struct TelemetryStoreTests {
    private func event(
        _ id: Int, last: Int64 = 0, code: String = "full", severity: Int = 0, isActive: Bool = false,
        acknowledged: Int64? = nil
    ) -> StoredEvent {
        StoredEvent(
            id: id, code: code, variant: "v", pack: id % 2 == 0 ? 2 : nil, severity: severity, isActive: isActive,
            isLatched: false, first: 1, last: last, count: 3, text: "a sentence", cause: nil, fields: "{\"a\":1}",
            acknowledged: acknowledged)
    }

    private func batch(_ events: [StoredEvent], _ charged: Double = 0) -> TelemetryBatch {
        var batch = TelemetryBatch()
        batch.events = events
        batch.figures = ["energy.charged_wh": StoredFigure(charged, time: 5)]
        batch.statistics = [
            StoredStatistic(code: "full", variant: "v", count: 2, total: 1.5, longest: 1, last: 9)
        ]
        return batch
    }

    @Test func `a restart finds what was committed`() throws {
        let folder = TemporaryFolder()
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        #expect(store.damage == nil)
        #expect(try store.contents().events.isEmpty)
        let events = [event(1, last: 10), event(2, last: 20, isActive: true, acknowledged: 21)]
        try store.commit(batch(events, 12.5))
        try store.commit(batch([event(1, last: 30)], 13.25))
        store.close()
        let next = try TelemetryStore(folder: folder.path, wallClock: noon)
        let contents = try next.contents()
        #expect(next.damage == nil)
        #expect(contents.events == [event(1, last: 30), events[1]])
        #expect(contents.figures == ["energy.charged_wh": StoredFigure(13.25, time: 5)])
        #expect(contents.statistics.map(\.count) == [2])
        #expect(contents.nextEvent == 3)
        #expect(try next.event(2) == events[1])
        #expect(try next.event(9) == nil)
    }

    /// S60: WAL, and no waiting for the medium at each commit.
    @Test func `S60: the file is of its own, in WAL mode with synchronous NORMAL, for its owner alone`() throws {
        let folder = TemporaryFolder()
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        #expect(
            try store.database.rows("PRAGMA journal_mode") { row throws(StorageError) in try row.text(0) } == ["wal"])
        #expect(try store.database.integer("PRAGMA synchronous") == 1)
        #expect(TemporaryFolder.names(in: folder.path).allSatisfy { $0.hasPrefix("telemetry.sqlite") })
        var status = stat()
        #expect(stat(folder.file("telemetry.sqlite"), &status) == 0)
        #expect(status.st_mode & 0o077 == 0)
    }

    @Test func `a process that is killed loses no commit`() throws {
        let folder = TemporaryFolder()
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        try store.commit(batch([event(1)], 7))
        // The files as a killed process leaves them.
        let copy = TemporaryFolder()
        for name in TemporaryFolder.names(in: folder.path) {
            TemporaryFolder.write(TemporaryFolder.read(folder.file(name)) ?? [], to: copy.file(name))
        }
        let next = try TelemetryStore(folder: copy.path, wallClock: noon)
        #expect(try next.contents().figures["energy.charged_wh"]?.value == 7)
    }

    @Test func `events are found by severity, code, time, acknowledgement and place`() throws {
        let folder = TemporaryFolder()
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        try store.commit(
            batch((1...9).map { event($0, last: Int64($0 / 2), code: $0 == 4 ? "stage" : "full", severity: $0 % 3) }))
        func found(_ change: (inout StoredEventQuery) -> Void) throws -> [Int] {
            var query = StoredEventQuery()
            change(&query)
            return try store.events(query).map(\.id)
        }
        #expect(try found { _ in } == [9, 8, 7, 6, 5, 4, 3, 2, 1])
        #expect(try found { $0.severities = [1, 2] } == [8, 7, 5, 4, 2, 1])
        #expect(try found { $0.codes = ["stage", "none"] } == [4])
        #expect(try found { ($0.since, $0.until) = (2, 4) } == [7, 6, 5, 4])
        #expect(try found { $0.isAcknowledged = true } == [])
        #expect(try found { $0.isAcknowledged = false }.count == 9)
        #expect(try found { $0.isActive = true } == [])
        #expect(try found { $0.limit = 2 } == [9, 8])
        #expect(try found { $0.after = (4, 9) } == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(try found { $0.codes = ["'; DROP TABLE event; --"] } == [])
    }

    @Test func `the oldest events go, but not those that last`() throws {
        let folder = TemporaryFolder()
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        try store.commit(batch([event(1, isActive: true), event(2), event(3)]))
        try store.commit(batch([event(TelemetryStore.keptEvents + 2)]))
        #expect(try store.events(StoredEventQuery()).map(\.id).sorted() == [1, 3, TelemetryStore.keptEvents + 2])
    }

    // MARK: - Damage

    /// Seen red with a store that opens whatever SQLite opens.
    @Test(arguments: ["zeroed", "truncated", "random", "text", "other database", "page"])
    func `S60: a damaged file is moved aside and begun anew, and the configuration is not touched`(kind: String) throws
    {
        let folder = TemporaryFolder()
        let config = try ConfigStore(folder: folder.path, wallClock: noon)
        try config.commit(set: [try name("a.b"): .int(1)], author: "test")
        config.close()
        let configuration = TemporaryFolder.read(folder.file("config.sqlite"))
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        try store.commit(batch((1...200).map { event($0) }))
        store.close()
        let path = folder.file("telemetry.sqlite")
        let bytes = try #require(TemporaryFolder.read(path))
        var random = SplitMix(state: 7)
        switch kind {
        case "zeroed": TemporaryFolder.write(Array(repeating: 0, count: bytes.count), to: path)
        case "truncated": TemporaryFolder.write(Array(bytes.prefix(bytes.count / 2)), to: path)
        case "random": TemporaryFolder.write(bytes.map { _ in .random(in: 0...255, using: &random) }, to: path)
        case "text": TemporaryFolder.write(Array("hello".utf8), to: path)
        case "other database":
            TemporaryFolder.write(configuration ?? [], to: path)
        default: TemporaryFolder.write(bytes.prefix(8192) + Array(repeating: 0xA5, count: bytes.count - 8192), to: path)
        }
        let next = try TelemetryStore(folder: folder.path, wallClock: noon)
        #expect(next.damage?.contains("begins anew") == true, "\(String(describing: next.damage))")
        #expect(try next.contents().events.isEmpty)
        try next.commit(batch([event(1)]))
        next.close()
        #expect(TemporaryFolder.names(in: folder.path).contains { $0.hasPrefix("telemetry.sqlite.damaged-") })
        #expect(TemporaryFolder.read(folder.file("config.sqlite")) == configuration)
        // Sound again, and once only one is kept as evidence.
        let sound = try TelemetryStore(folder: folder.path, wallClock: noon)
        #expect(sound.damage == nil)
        #expect(try sound.contents().events.count == 1)
    }

    @Test func `an empty file, as a power cut at the first start leaves it, is a new one`() throws {
        let folder = TemporaryFolder()
        TemporaryFolder.write([], to: folder.file("telemetry.sqlite"))
        let store = try TelemetryStore(folder: folder.path, wallClock: noon)
        #expect(store.damage == nil)
        try store.commit(batch([event(1)]))
    }

    @Test func `a file of a later version is left alone`() throws {
        let folder = TemporaryFolder()
        try TelemetryStore(folder: folder.path, wallClock: noon).close()
        let other = try Database(path: folder.file("telemetry.sqlite"), access: .readWrite)
        try other.execute("PRAGMA user_version=2001; PRAGMA application_id=\(0x4342_7402)")
        other.close()
        let error = #expect(throws: StorageError.self) {
            _ = try TelemetryStore(folder: folder.path, wallClock: noon)
        }
        #expect(error?.kind == .refused)
        #expect(!TemporaryFolder.names(in: folder.path).contains { $0.contains("damaged") })
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount"))
    func `S66: a full disk refuses a commit, keeps what was there, and takes the next once there is room`() throws {
        let disk = try #require(SmallDisk(kibibytes: 512))
        let store = try TelemetryStore(folder: disk.path, wallClock: noon)
        try store.commit(batch([event(1)], 1))
        let filler = open(disk.path + "/filler", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(filler, block, block.count) > 0 {}
        let error = #expect(throws: StorageError.self) {
            try store.commit(batch((2...200).map { event($0) }, 2))
        }
        #expect(error?.kind == .full, "\(String(describing: error))")
        #expect(try store.contents().figures["energy.charged_wh"]?.value == 1)
        close(filler)
        unlink(disk.path + "/filler")
        try store.commit(batch((2...200).map { event($0) }, 2))
        #expect(try store.contents().nextEvent == 201)
    }
}
