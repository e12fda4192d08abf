import Storage
import Testing

@testable import SimulatedWorld

@Suite struct SimulatedDiskTests {
    private let folder: StateFolder
    private let disk = SimulatedDisk()
    private let vfs: FaultyVFS

    init() throws {
        folder = try StateFolder()
        vfs = FaultyVFS(disk)
    }

    private func open() throws -> ConfigStore {
        try ConfigStore(folder: folder.path, files: FileSystem(on: disk, vfs), drawLineage: { 1 }, wallClock: { 0 })
    }

    private func name() throws -> SettingName { try SettingName("test", "value") }

    @Test func `S66: a full disk keeps the old value, and takes the new one when there is room again`() throws {
        let store = try open()
        try store.commit(set: [name(): .int(1)], author: "test")
        disk.change { $0.isFull = true }
        let error = #expect(throws: StorageError.self) { try store.commit(set: [name(): .int(2)], author: "test") }
        #expect(error?.kind == .full)
        #expect(try store.setting(name()) == .int(1))
        disk.change { $0.isFull = false }
        try store.commit(set: [name(): .int(3)], author: "test")
        #expect(try store.setting(name()) == .int(3))
        store.close()
    }

    @Test func `a failing disk is an error of input and output, and reading goes on`() throws {
        let store = try open()
        try store.commit(set: [name(): .int(1)], author: "test")
        disk.change { $0.isFailing = true }
        let error = #expect(throws: StorageError.self) { try store.commit(set: [name(): .int(2)], author: "test") }
        #expect(error?.kind == .inputOutput)
        #expect(try store.setting(name()) == .int(1))
        store.close()
    }

    @Test func `S61: what was acknowledged outlives a process whose disk is gone in mid-run`() throws {
        let store = try open()
        try store.commit(set: [name(): .int(1)], author: "test")
        disk.change { $0.isDead = true }
        #expect(throws: StorageError.self) { try store.commit(set: [name(): .int(2)], author: "test") }
        store.close()
        let fresh = SimulatedDisk()
        let other = FaultyVFS(fresh)
        let again = try ConfigStore(
            folder: folder.path, files: FileSystem(on: fresh, other), drawLineage: { 2 }, wallClock: { 0 })
        #expect(again.opening.condition == .intact)
        #expect(try again.setting(name()) == .int(1))
        again.close()
    }

    @Test func `a start on a full disk runs on what is stored, read-only`() throws {
        let store = try open()
        try store.commit(set: [name(): .int(1)], author: "test")
        store.close()
        disk.change { $0.isFull = true }
        let again = try open()
        #expect(try again.setting(name()) == .int(1))
        again.close()
    }
}
