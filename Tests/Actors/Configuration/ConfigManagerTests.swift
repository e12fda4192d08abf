import Actors
import Configuration
import Glibc
import JSONText
import Storage
import Testing

/// A state folder of its own for one test.
private final class StateFolder: Sendable {
    let path: String

    init() {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array((root + "/cellbridge-config-XXXXXX").utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp"
        }
    }

    deinit {
        for folder in [path + "/backup", path] {
            guard let stream = opendir(folder) else { continue }
            while let entry = readdir(stream) {
                unlink(
                    folder + "/"
                        + withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                        })
            }
            closedir(stream)
            rmdir(folder)
        }
    }
}

/// The gateway's schema and one secret, which it has none of yet.
private let schema = Schema(
    Schema.gateway.definitions + [
        SettingDefinition("test.password", .text(maximumBytes: 64), secret: true, "A password.", "Un mot de passe.")
    ])

private let pack: [String: SettingValue] = [
    "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.chemistry": .string("lfp"), "pack.1.cells": .int(16),
    "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100), "pack.1.max_discharge_a": .float(150),
]

/// S33, S63, S90. Seen red without the executor, the judgement of the whole, of the single value and of the start, and
/// without the mask.
@Suite(.timeLimit(.minutes(1))) struct ConfigManagerTests {
    private let folder = StateFolder()

    private func manager(_ assignments: [String] = []) throws -> ConfigManager {
        ConfigManager(
            folder: folder.path, executor: try StorageThread(),
            overrides: try ConfigurationOverrides(assignments: assignments, schema: schema),
            rules: ConfigurationRules(schema: schema), wallClock: { 1_763_640_000_000 })
    }

    private func opened(_ assignments: [String] = []) async throws -> ConfigManager {
        let manager = try manager(assignments)
        _ = try await manager.open()
        return manager
    }

    private func store() throws -> ConfigStore { try ConfigStore(folder: folder.path, wallClock: { 0 }) }

    /// Fields that a refused call complains about.
    private func refusal(_ body: () async throws -> Void) async -> [String] {
        do {
            try await body()
            return []
        } catch ConfigError.refused(let refusal) {
            return refusal.problems.map(\.field)
        } catch {
            return ["\(error)"]
        }
    }

    // MARK: - Start

    @Test func `S64: a first start sends nothing and has nothing to report`() async throws {
        let start = try await manager().open()
        #expect(start.state.generation == 0)
        #expect(!start.state.configuration.mayTransmit)
        #expect(start.notices.isEmpty)
        #expect(start.isWritable)
    }

    @Test func `before opening, every call says so`() async throws {
        let manager = try manager()
        await #expect(throws: ConfigError.notOpen) { try await manager.current() }
        await #expect(throws: ConfigError.notOpen) { try await manager.unset(["log.level"], author: "test") }
    }

    @Test func `what was applied holds after the next start`() async throws {
        let manager = try await opened()
        #expect(try await manager.apply(ConfigurationPatch(set: pack), author: "page") == 1)
        #expect(
            try await manager.apply(ConfigurationPatch(set: ["system.commissioned": .bool(true)]), author: "page") == 2)
        await manager.close()
        let start = try await self.manager().open()
        #expect(start.state.generation == 2)
        #expect(start.state.configuration.mayTransmit)
        #expect(start.state.configuration.packs.first?.maximumChargeCurrent == 100)
    }

    @Test func `S63: an invalid stored configuration gives way to the last good generation`() async throws {
        let first = try await opened()
        try await first.apply(ConfigurationPatch(set: pack), author: "page")
        await first.close()
        let store = try store()
        try store.commit(
            set: [try SettingName(dotted: "pack.1.max_charge_a"): .float(5000)], author: "elsewhere", isGood: false)
        try store.commit(
            set: [try SettingName(dotted: "pack.1.cells"): .string("16")], author: "elsewhere", isGood: false)
        store.close()
        let manager = try manager()
        let start = try await manager.open()
        #expect(start.state.configuration.packs.first?.maximumChargeCurrent == 100)
        #expect(start.state.configuration.packs.first?.cells == 16)
        #expect(start.state.generation == 4)
        #expect(start.notices.count == 1)
        #expect(start.notices.first?.contains("generation 3, is not valid") == true, "\(start.notices)")
        #expect(start.notices.first?.contains("Generation 1 was the last good one") == true)
        #expect(try await manager.history().first?.author == "start")
        await manager.close()
        #expect(try await self.manager().open().notices.isEmpty)
    }

    @Test func `S63, S64: where no generation is valid, factory defaults hold`() async throws {
        let store = try store()
        try store.commit(set: [try SettingName(dotted: "pack.1.cells"): .int(99)], author: "elsewhere")
        store.close()
        let manager = try manager()
        let start = try await manager.open()
        #expect(start.state.stored.keys.isEmpty)
        #expect(!start.state.configuration.mayTransmit)
        #expect(start.notices.first?.contains("factory defaults hold") == true)
        // The way out is open.
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
    }

    @Test func `settings of a later version are left alone`() async throws {
        let store = try store()
        let later = try SettingName(dotted: "hologram.brightness")
        try store.commit(
            set: [later: .blob([1, 2]), try SettingName(dotted: "log.level"): .string("debug")], author: "later")
        store.close()
        let manager = try manager()
        let start = try await manager.open()
        #expect(start.state.configuration.log.level == "debug")
        #expect(start.notices.first?.contains("hologram.brightness") == true)
        try await manager.apply(ConfigurationPatch(set: ["log.level": .string("error")]), author: "page")
        await manager.close()
        #expect(try self.store().setting(later) == .blob([1, 2]))
    }

    @Test func `S65: a damaged file is told in one sentence`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        await manager.close()
        let file = try #require(fopen(folder.path + "/config.sqlite", "r+"))
        fputs("rubbish", file)
        fclose(file)
        let start = try await self.manager().open()
        #expect(start.notices.count == 1)
        #expect(start.notices.first?.contains("was restored") == true)
        #expect(start.state.stored["pack.1.cells"] == .int(16))
    }

    @Test func `S33: the configuration's calls run on the storage thread`() async throws {
        let thread = try StorageThread()
        let manager = ConfigManager(folder: folder.path, executor: thread, wallClock: { 0 })
        #expect(await manager.isOn(thread))
        #expect(thread.isIsolatingCurrentContext() == false)
    }

    // MARK: - Overrides

    @Test func `overrides hold for this run and are never stored`() async throws {
        let manager = try await opened(["pack.1.cells=8", "log.level=debug"])
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        let state = try await manager.current()
        #expect(state.stored["pack.1.cells"] == .int(16))
        #expect(state.effective["pack.1.cells"] == .int(8))
        #expect(state.configuration.packs.first?.cells == 8)
        await manager.close()
        #expect(try await self.manager().open().state.configuration.packs.first?.cells == 16)
        #expect(try self.store().setting(try SettingName(dotted: "log.level")) == nil)
    }

    @Test func `overrides that are wrong stop the start instead of costing the stored configuration`() async throws {
        let first = try await opened()
        var values = pack
        values["system.commissioned"] = .bool(true)
        try await first.apply(ConfigurationPatch(set: values), author: "page")
        await first.close()
        let wrong = try manager(["freshness.hold_s=6"])
        #expect(await refusal { _ = try await wrong.open() } == ["freshness.hold_s"])
        #expect(try await manager().open().state.configuration.mayTransmit)
    }

    @Test func `S63: a stored value is judged even while an override hides it`() async throws {
        let manager = try await opened(["pack.1.cells=8"])
        #expect(
            await refusal { try await manager.apply(ConfigurationPatch(set: ["pack.1.cells": .int(99)]), author: "x") }
                == ["pack.1.cells"])
    }

    // MARK: - Changes

    @Test func `S61, S63: a patch with one wrong value changes nothing`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        let before = try await manager.current()
        let wrong: [ConfigurationPatch] = [
            ConfigurationPatch(set: ["pack.1.cells": .int(8), "pack.1.max_charge_a": .float(-1)]),
            ConfigurationPatch(set: ["pack.1.cells": .int(8), "freshness.stop_s": .float(60)]),
            ConfigurationPatch(set: ["pack.1.cells": .int(8)], unset: ["no.key"]),
            ConfigurationPatch(set: ["system.commissioned": .bool(true)], unset: ["pack.1.cells"]),
        ]
        for patch in wrong {
            #expect(await !refusal { try await manager.apply(patch, author: "page") }.isEmpty)
            #expect(try await manager.current() == before)
        }
        #expect(try await manager.history().count == 1)
    }

    @Test func `a change is told with old, new, keys, author and whom to restart`() async throws {
        let manager = try await opened()
        let changes = await manager.changes()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        try await manager.apply(ConfigurationPatch(set: ["pack.1.max_charge_a": .float(50)]), author: "mqtt")
        try await manager.unset(["pack.1.max_charge_a"], author: "page")
        // The same again is no change.
        try await manager.unset(["pack.1.max_charge_a"], author: "page")
        await manager.close()
        var seen: [ConfigurationChange] = []
        for await change in changes { seen.append(change) }
        try #require(seen.count == 3)
        #expect(seen.map(\.generation) == [1, 2, 3])
        #expect(seen.map(\.author) == ["page", "mqtt", "page"])
        #expect(seen[0].restarts == [.acquisition, .inverter])
        #expect(seen[1].restarts == [])
        #expect(seen[1].keys == ["pack.1.max_charge_a"])
        #expect(seen[1].old.packs.first?.maximumChargeCurrent == 100)
        #expect(seen[1].new.packs.first?.maximumChargeCurrent == 50)
        #expect(seen[1].listing == [ChangeListing(key: "pack.1.max_charge_a", old: .number(100), new: .number(50))])
        #expect(seen[2].new.packs.first?.maximumChargeCurrent == nil)
    }

    @Test func `a reader that sleeps finds the newest sixteen changes, and nobody waited for it`() async throws {
        let manager = try await opened()
        let changes = await manager.changes()
        for number in 1...40 {
            try await manager.apply(
                ConfigurationPatch(set: ["pack.1.max_charge_a": .float(Double(number))]), author: "test")
        }
        await manager.close()
        var seen: [Int] = []
        for await change in changes { seen.append(change.generation) }
        #expect(seen == Array(25...40))
    }

    @Test func `a change by another process is taken up, not undone`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        let other = try store()
        try other.commit(set: [try SettingName(dotted: "pack.1.cells"): .int(8)], author: "command line")
        try await manager.apply(ConfigurationPatch(set: ["log.level": .string("debug")]), author: "page")
        let state = try await manager.current()
        #expect(state.configuration.packs.first?.cells == 8)
        #expect(state.generation == 3)
    }

    @Test func `S66: a change that cannot be stored is an error, and the old value stays`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        let before = try await manager.current()
        let other = try Database(path: folder.path + "/config.sqlite", access: .readWrite)
        try other.execute("CREATE TRIGGER t BEFORE INSERT ON generation BEGIN SELECT RAISE(ABORT, 'no room'); END")
        await #expect(throws: ConfigError.self) {
            try await manager.apply(ConfigurationPatch(set: ["pack.1.cells": .int(8)]), author: "page")
        }
        #expect(try await manager.current() == before)
    }

    @Test func `S90: the notice of another process's change names who made it`() async throws {
        let manager = try await opened()
        let changes = await manager.changes()
        try store().commit(set: [try SettingName(dotted: "log.level"): .string("debug")], author: "cli:somebody")
        try await manager.refresh()
        await manager.close()
        var authors: [String] = []
        for await change in changes { authors.append(change.author) }
        #expect(authors == ["cli:somebody"])
    }

    // MARK: - Tools

    /// Seen red with a store that is opened as the daemon opens it.
    @Test func `reading makes, mends and moves nothing, and takes no change`() async throws {
        let absent = folder.path + "/absent"
        let nothing = ConfigManager(folder: absent, executor: try StorageThread(), wallClock: { 0 })
        #expect(try await nothing.open(for: .reading).state.stored == [:])
        #expect(access(absent, F_OK) != 0)
        try await opened().apply(ConfigurationPatch(set: pack), author: "page")
        let reader = try manager()
        #expect(try await reader.open(for: .reading).state.stored["pack.1.cells"] == .int(16))
        #expect(try await reader.history().count == 1)
        await #expect(throws: ConfigError.self) {
            try await reader.apply(ConfigurationPatch(set: ["pack.1.cells": .int(8)]), author: "tool")
        }
        #expect(try store().generation() == 1)
    }

    /// Seen red with the daemon's fall-back.
    @Test func `an invalid configuration is shown with its problems and stays, until a tool's change mends it`()
        async throws
    {
        try store().commit(
            set: [try SettingName(dotted: "system.commissioned"): .bool(true)], author: "a daemon with overrides")
        let reader = try manager()
        let start = try await reader.open(for: .reading)
        #expect(start.state.stored["system.commissioned"] == .bool(true) && start.notices.count == 1)
        await reader.close()
        let tool = try manager()
        _ = try await tool.open(for: .changing)
        #expect(try store().generation() == 1)
        #expect(
            await refusal {
                _ = try await tool.apply(ConfigurationPatch(set: ["log.level": .string("debug")]), author: "t")
            }
                == ["system.commissioned"])
        #expect(try await tool.apply(ConfigurationPatch(set: pack), author: "tool") == 2)
    }

    // MARK: - History and exchange

    @Test func `a rollback makes a new generation, if the old one is still valid`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        try await manager.apply(ConfigurationPatch(set: ["pack.1.cells": .int(8)]), author: "page")
        #expect(try await manager.differences(from: 1, to: 2).map(\.key) == ["pack.1.cells"])
        #expect(try await manager.rollback(to: 1, author: "page") == 3)
        #expect(try await manager.current().configuration.packs.first?.cells == 16)
        try await manager.apply(ConfigurationPatch(set: ["system.commissioned": .bool(true)]), author: "page")
        #expect(try await manager.rollback(to: 0, author: "page") == 5)
        #expect(try await !manager.current().configuration.mayTransmit)
        await #expect(throws: ConfigError.storage(.unknownGeneration(77))) {
            try await manager.rollback(to: 77, author: "page")
        }
    }

    @Test func `S90: secrets are masked in history, notices and exports`() async throws {
        let manager = try await opened()
        let changes = await manager.changes()
        try await manager.apply(ConfigurationPatch(set: ["test.password": .string("hunter2")]), author: "page")
        let history = try await manager.history()
        #expect(!"\(history)".contains("hunter2"))
        #expect(history.first?.changes.first?.new.text == #"{"value":null,"set":true}"#)
        #expect(try await !manager.export().text.contains("hunter2"))
        #expect(try await manager.export(withSecrets: true).text.contains("hunter2"))
        await manager.close()
        for await change in changes { #expect(!"\(change.listing)".contains("hunter2")) }
    }

    @Test func `an import replaces the whole, after a dry run that only tells`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: pack), author: "page")
        try await manager.apply(ConfigurationPatch(set: ["test.password": .string("hunter2")]), author: "page")
        let document = Array(try await manager.export().text.utf8)
        try await manager.apply(
            ConfigurationPatch(set: ["pack.1.cells": .int(8), "log.level": .string("debug")]), author: "page")
        let before = try await manager.current()
        let dry = try await manager.import(document, author: "page", dryRun: true)
        #expect(dry.changes.map(\.key) == ["log.level", "pack.1.cells"])
        #expect(dry.problems.isEmpty && dry.generation == nil)
        #expect(try await manager.current() == before)
        #expect(try await manager.import(document, author: "page", dryRun: false).generation == 4)
        let after = try await manager.current()
        #expect(after.stored["pack.1.cells"] == .int(16))
        #expect(after.stored["log.level"] == nil)
        #expect(after.stored["test.password"] == .string("hunter2"))
    }

    @Test func `S63: an import that is not valid is refused as a whole, and a dry run says why`() async throws {
        let manager = try await opened()
        let document = Array(#"{"format":1,"values":{"log.level":"debug","freshness.stop_s":45}}"#.utf8)
        let dry = try await manager.import(document, author: "page", dryRun: true)
        #expect(dry.problems.map(\.field) == ["freshness.silent_s"])
        #expect(dry.changes.count == 2)
        #expect(
            await refusal { _ = try await manager.import(document, author: "page", dryRun: false) }
                == ["freshness.silent_s"])
        #expect(try await manager.current().generation == 0)
        let rubbish = try await manager.import(Array("rubbish".utf8), author: "page", dryRun: true)
        #expect(rubbish.problems.count == 1)
    }

    @Test func `plain values pass through without a generation`() async throws {
        let manager = try await opened()
        let name = try SettingName(dotted: "boot.count")
        try await manager.keep([name: .int(3)])
        #expect(try await manager.plain(name, as: .int) == .int(3))
        #expect(try await manager.current().generation == 0)
        await #expect(throws: ConfigError.self) { try await manager.plain(name, as: .string) }
    }
}

extension ConfigManager {
    fileprivate func isOn(_ thread: StorageThread) -> Bool { thread.isIsolatingCurrentContext() == true }
}
