import Glibc
import Storage
import Testing

/// A file system of its own, where this process may make one.
final class SmallDisk {
    /// Whether this process has the right.
    static let isPossible = SmallDisk(kibibytes: 64) != nil

    let path: String

    init?(kibibytes: Int) {
        path = TemporaryFolder.fresh()
        guard mount("cellbridge", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            rmdir(path)
            return nil
        }
    }

    func makeReadOnly() -> Bool {
        mount("cellbridge", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}

/// S66. Seen red without the fall-back to reading only.
@Suite struct FullDiskTests {
    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount"))
    func `S66: a full disk refuses a change with a typed error and keeps the old value`() throws {
        let disk = try #require(SmallDisk(kibibytes: 768))
        let store = try ConfigStore(folder: disk.path, wallClock: noon)
        let key = try name("pack.1.max_charge_a")
        try store.commit(set: [key: .float(50)], author: "test")
        // Fill the rest to the last byte.
        let filler = open(disk.path + "/filler", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(filler, block, block.count) > 0 {}
        let error = #expect(throws: StorageError.self) {
            try store.commit(
                set: [key: .float(500), try name("a.long"): .string(String(repeating: "x", count: 4000))],
                author: "test")
        }
        #expect(error?.kind == .full, "\(String(describing: error))")
        #expect(try store.setting(key) == .float(50))
        #expect(try store.generation() == 1)
        // A start on the full disk still has the values.
        store.close()
        let full = try ConfigStore(folder: disk.path, wallClock: noon)
        #expect(try full.setting(key) == .float(50), "\(full.opening.sentence)")
        full.close()
        // Room again: changes again.
        close(filler)
        unlink(disk.path + "/filler")
        let again = try ConfigStore(folder: disk.path, wallClock: noon)
        #expect(again.opening.condition == .intact)
        #expect(try again.commit(set: [key: .float(60)], author: "test") == 2)
        #expect(again.backupFailure == nil)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount"))
    func `S66: a medium that became read-only still gives the newest values, and refuses changes`() throws {
        let disk = try #require(SmallDisk(kibibytes: 2048))
        let store = try ConfigStore(folder: disk.path, wallClock: noon)
        let key = try name("pack.1.max_charge_a")
        for number in 1...3 { try store.commit(set: [key: .float(Double(number))], author: "test") }
        // Not closed: the newest change is in the log only, as after a power cut.
        let keeper = TemporaryFolder()
        _ = keeper.folder("backup")
        let files =
            ["config.sqlite", "config.sqlite-wal"]
            + TemporaryFolder.names(in: disk.path + "/backup").map { "backup/" + $0 }
        for file in files {
            TemporaryFolder.write(TemporaryFolder.read(disk.path + "/" + file) ?? [], to: keeper.file(file))
        }
        store.close()
        for file in files {
            TemporaryFolder.write(TemporaryFolder.read(keeper.file(file)) ?? [], to: disk.path + "/" + file)
        }
        try #require(disk.makeReadOnly())
        let frozen = try ConfigStore(folder: disk.path, wallClock: noon)
        #expect(frozen.opening.condition == .readOnly)
        #expect(frozen.opening.isFault)
        #expect(try frozen.setting(key) == .float(3))
        let error = #expect(throws: StorageError.self) { try frozen.commit(set: [key: .float(9)], author: "test") }
        #expect(error?.kind == .readOnly)
        #expect(try frozen.setting(key) == .float(3))
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount"))
    func `S64: a read-only medium without a configuration begins with factory defaults and refuses changes`() throws {
        let disk = try #require(SmallDisk(kibibytes: 64))
        try #require(disk.makeReadOnly())
        let store = try ConfigStore(folder: disk.path, wallClock: noon)
        #expect(store.opening.condition == .readOnly)
        #expect(try store.settings().isEmpty)
        let error = #expect(throws: StorageError.self) {
            try store.commit(set: [try name("a.b"): .int(1)], author: "test")
        }
        #expect(error?.kind == .readOnly)
    }

    @Test func `S65: a configuration that another program holds is busy, not damaged`() throws {
        let folder = TemporaryFolder()
        let store = try ConfigStore(folder: folder.path, wallClock: noon)
        try store.commit(set: [try name("a.b"): .int(1)], author: "test")
        let other = try Database(path: folder.file("config.sqlite"), access: .readWrite)
        try other.execute("BEGIN IMMEDIATE")
        let error = #expect(throws: StorageError.self) {
            try store.commit(set: [try name("a.b"): .int(2)], author: "test")
        }
        #expect(error?.kind == .busy)
        #expect(try store.setting(try name("a.b")) == .int(1))
    }
}
