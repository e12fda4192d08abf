import Glibc
import Testing

@testable import Storage

let noon: WallClock = { 1_763_640_000_000 }

func name(_ dotted: String) throws -> SettingName { try SettingName(dotted: dotted) }

/// S62. Seen red without the comparison of types and without the limits of length.
@Suite struct ConfigStoreTests {
    let folder = TemporaryFolder()

    private func open(_ clock: @escaping WallClock = noon) throws -> ConfigStore {
        try ConfigStore(folder: folder.path, wallClock: clock)
    }

    @Test func `a first start begins empty and says so`() throws {
        let store = try open()
        #expect(store.opening.condition == .created)
        #expect(!store.opening.isFault)
        #expect(try store.settings().isEmpty)
        #expect(try store.generation() == 0)
    }

    @Test func `S62: a value keeps its type, and another type is an error`() throws {
        let store = try open()
        let values: [(String, StoredValue)] = [
            ("a.bool", .bool(true)), ("a.int", .int(-7)), ("a.float", .float(3)), ("a.string", .string("")),
            ("a.blob", .blob([])),
        ]
        for (text, value) in values { try store.commit(set: [try name(text): value], author: "test") }
        store.close()
        let again = try open()
        #expect(again.opening.condition == .intact)
        for (text, value) in values {
            #expect(try again.setting(try name(text), as: value.type) == value)
            for type in StoredType.allCases where type != value.type {
                #expect(throws: StorageError.wrongType(name: text, stored: value.type, asked: type)) {
                    try again.setting(try name(text), as: type)
                }
            }
        }
        #expect(try again.setting(try name("a.absent"), as: .int) == nil)
    }

    /// A power cut cannot be made here; what SQLite promises is tied to these two words (S61).
    @Test func `S60, S61: a commit is acknowledged when the medium has it`() throws {
        for opening in 1...2 {
            let store = try open()
            #expect(try store.database.integer("PRAGMA synchronous") == 2, "FULL, at opening \(opening)")
            let mode = try store.database.rows("PRAGMA journal_mode") { row throws(StorageError) in try row.text(0) }
            #expect(mode == ["wal"])
            store.close()
        }
    }

    @Test func `S62: setting replaces value and type, erasing forgets both`() throws {
        let store = try open()
        let key = try name("pack.1.cells")
        try store.commit(set: [key: .int(16)], author: "test")
        try store.commit(set: [key: .string("sixteen")], author: "test")
        #expect(try store.setting(key, as: .string) == .string("sixteen"))
        try store.commit(erase: [key], author: "test")
        #expect(try store.setting(key) == nil)
        #expect(try store.generation() == 3)
    }

    @Test func `S62: the same key in two namespaces is two values`() throws {
        let store = try open()
        try store.commit(set: [try name("pack.1.cells"): .int(8), try name("pack.2.cells"): .int(16)], author: "test")
        #expect(try store.setting(try name("pack.1.cells")) == .int(8))
        #expect(try store.setting(try name("pack.2.cells")) == .int(16))
    }

    @Test func `S62: strings up to 4000 bytes, blobs up to 64 KiB, no NaN`() throws {
        let store = try open()
        let key = try name("a.b")
        try store.commit(set: [key: .string(String(repeating: "é", count: 2000))], author: "test")
        try store.commit(set: [key: .blob([UInt8](repeating: 1, count: 65_536))], author: "test")
        #expect(throws: StorageError.tooLong(name: "a.b", bytes: 4001, limit: 4000)) {
            try store.commit(set: [key: .string(String(repeating: "a", count: 4001))], author: "test")
        }
        #expect(throws: StorageError.tooLong(name: "a.b", bytes: 65_537, limit: 65_536)) {
            try store.commit(set: [key: .blob([UInt8](repeating: 1, count: 65_537))], author: "test")
        }
        #expect(throws: StorageError.notStorable(name: "a.b")) {
            try store.commit(set: [key: .float(.nan)], author: "test")
        }
        #expect(try store.setting(key)?.type == .blob)
        #expect(try store.generation() == 2)
    }

    @Test(arguments: ["", "cells", ".cells", "pack.", "Pack.1", "pack.1 2", "a.'; DROP TABLE setting", "é.a"])
    func `a name that is none is refused`(text: String) {
        #expect(throws: StorageError.badName(text)) { try SettingName(dotted: text) }
    }

    @Test func `S61, S62: one commit spans keys, is one generation, and is all or nothing`() throws {
        let store = try open()
        try store.commit(set: [try name("a.x"): .int(1), try name("a.y"): .int(1)], author: "test")
        #expect(throws: StorageError.self) {
            try store.commit(set: [try name("a.x"): .int(2), try name("a.y"): .float(.infinity)], author: "test")
        }
        #expect(try store.setting(try name("a.x")) == .int(1))
        #expect(try store.generation() == 1)
        #expect(try store.history().map(\.changes.count) == [2])
    }

    @Test func `a commit that changes nothing makes no generation`() throws {
        let store = try open()
        try store.commit(set: [try name("a.x"): .int(1)], author: "test")
        #expect(try store.commit(set: [try name("a.x"): .int(1)], erase: [try name("a.y")], author: "test") == 1)
        // But the same number as another type is a change.
        #expect(try store.commit(set: [try name("a.x"): .float(1)], author: "test") == 2)
    }

    @Test func `history tells who changed what, when, from what to what, newest first`() throws {
        let store = try open()
        let key = try name("a.x")
        try store.commit(set: [key: .int(1)], author: "page")
        try store.commit(erase: [key], author: "mqtt")
        #expect(
            try store.history() == [
                Generation(
                    number: 2, time: noon(), author: "mqtt",
                    changes: [StoredChange(name: key, old: .int(1), new: nil)]),
                Generation(
                    number: 1, time: noon(), author: "page",
                    changes: [StoredChange(name: key, old: nil, new: .int(1))]),
            ])
        #expect(try store.history(limit: 1).map(\.number) == [2])
    }

    @Test func `any kept generation can be read, compared and returned to`() throws {
        let store = try open()
        var random = SplitMix(state: 5)
        var states: [[SettingName: StoredValue]] = [[:]]
        for number in 1...60 {
            let key = try name("a.k\(Int.random(in: 0..<6, using: &random))")
            var state = states[number - 1]
            state[key] = Bool.random(using: &random) ? .int(Int64(number)) : .string("\(number)")
            let gone = try name("a.k\(Int.random(in: 6..<9, using: &random))")
            state[gone] = state[gone] == nil ? .bool(true) : nil
            try store.commit(
                set: state, erase: Set(states[number - 1].keys).subtracting(state.keys), author: "test")
            states.append(state)
        }
        for (number, state) in states.enumerated() { #expect(try store.settings(at: number) == state) }
        #expect(try store.rollback(to: 17, author: "test") == 61)
        #expect(try store.settings() == states[17])
        #expect(try store.differences(from: 17, to: 61).isEmpty)
        for change in try store.differences(from: 3, to: 40) {
            #expect(change.old == states[3][change.name])
            #expect(change.new == states[40][change.name])
        }
        #expect(throws: StorageError.unknownGeneration(62)) { try store.settings(at: 62) }
        #expect(throws: StorageError.unknownGeneration(-1)) { try store.rollback(to: -1, author: "test") }
    }

    @Test func `the newest 200 generations are kept, and never less than back to the last good one`() throws {
        let store = try open()
        let key = try name("a.x")
        for number in 1...210 { try store.commit(set: [key: .int(Int64(number))], author: "test") }
        #expect(try store.history(limit: 1000).map(\.number) == Array((11...210).reversed()))
        #expect(throws: StorageError.unknownGeneration(10)) { try store.settings(at: 10) }
        #expect(try store.settings(at: 11) == [key: .int(11)])
        for number in 211...420 {
            try store.commit(set: [key: .int(Int64(number))], author: "test", isGood: false)
        }
        #expect(try store.lastGood() == 210)
        #expect(try store.settings(at: 210) == [key: .int(210)])
        try store.markGood(420)
        try store.commit(set: [key: .int(421)], author: "test")
        #expect(try store.history(limit: 1000).count == 200)
    }

    @Test func `plain values make no generation and no setting`() throws {
        let store = try open()
        try store.keep([try name("boot.count"): .int(4)])
        try store.keep([try name("fault.1"): .blob([1, 2])], .latch)
        #expect(try store.generation() == 0)
        #expect(try store.settings().isEmpty)
        #expect(try store.plain(try name("boot.count"), as: .int) == .int(4))
        #expect(throws: StorageError.self) { try store.plain(try name("boot.count"), as: .bool) }
        #expect(try store.plain(namespace: "fault") == [try name("fault.1"): .blob([1, 2])])
        try store.keep([try name("fault.1"): nil])
        #expect(try store.plain(try name("fault.1")) == nil)
    }

    @Test func `S65: each change has its backup, of which three are kept`() throws {
        let store = try open()
        for number in 1...5 { try store.commit(set: [try name("a.x"): .int(Int64(number))], author: "test") }
        #expect(store.backupFailure == nil)
        #expect(TemporaryFolder.names(in: folder.file("backup")).count == 3)
    }

    @Test func `S65: what a killed process left of a backup is cleared away, what a running one writes is not`() throws
    {
        let store = try open()
        try store.commit(set: [try name("a.x"): .int(1)], author: "test")
        let backup = folder.file("backup/")
        // No process has the highest number a process can have; process 1 always runs.
        for file in ["new-4194304.sqlite", "new-4194304.sqlite-journal", "new-1.sqlite"] {
            TemporaryFolder.write([1], to: backup + file)
        }
        try store.commit(set: [try name("a.x"): .int(2)], author: "test")
        #expect(store.backupFailure == nil)
        #expect(TemporaryFolder.names(in: backup).filter { $0.hasPrefix("new") } == ["new-1.sqlite"])
    }

    @Test func `the files are their owner's alone`() throws {
        let store = try open()
        try store.commit(set: [try name("a.secret"): .string("word")], author: "test")
        for file in TemporaryFolder.names(in: folder.path)
            + TemporaryFolder.names(in: folder.file("backup")).map({ "backup/" + $0 })
        {
            var status = stat()
            #expect(stat(folder.file(file), &status) == 0)
            #expect(status.st_mode & 0o077 == 0, "\(file)")
        }
    }

    @Test func `S60: changes go to a write-ahead log first`() throws {
        let store = try open()
        try store.commit(set: [try name("a.x"): .int(1)], author: "test")
        #expect(TemporaryFolder.names(in: folder.path).contains("config.sqlite-wal"))
        let head = try #require(TemporaryFolder.read(folder.file("config.sqlite")))
        #expect(head[18] == 2 && head[19] == 2)
    }

    @Test func `a file of a later floor is refused, not replaced`() throws {
        try open().close()
        let database = try Database(path: folder.file("config.sqlite"), access: .readWrite)
        try database.execute("PRAGMA user_version=2001; PRAGMA application_id=\(0x4342_6302)")
        database.close()
        let before = TemporaryFolder.read(folder.file("config.sqlite"))
        #expect(
            throws: StorageError.newerFormat(path: folder.file("config.sqlite"), version: 2001, supported: 1001)
        ) { try open() }
        #expect(TemporaryFolder.read(folder.file("config.sqlite")) == before)
    }

    /// Seen red with a commit that does not look on which generation it builds.
    @Test func `a commit that was judged with an older generation is refused, and nothing is lost`() throws {
        let (one, other) = (try open(), try open())
        try one.commit(set: [try name("a.x"): .int(1)], onto: 0, author: "page")
        #expect(throws: StorageError.overtaken(1)) {
            try other.commit(set: [try name("a.x"): .int(2)], onto: 0, author: "command line")
        }
        #expect(try other.setting(try name("a.x")) == .int(1))
        #expect(try other.commit(set: [try name("a.x"): .int(2)], onto: 1, author: "command line") == 2)
    }
}
