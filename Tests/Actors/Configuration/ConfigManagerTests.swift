import Actors
import Configuration
import Glibc
import JSONText
import Storage
import Testing

/// S33, S63, S90. Seen red without the executor, the judgement of the whole, of the single value and of the start, and
/// without the mask.
@Suite(.timeLimit(.minutes(1))) struct ConfigManagerTests: ConfigManagerSuite {
    let folder = StateFolder()

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
        #expect(try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page") == 1)
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
        try await first.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        var values = confirmedPack
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
        let other = try store()
        try other.commit(set: [try SettingName(dotted: "pack.1.cells"): .int(8)], author: "command line")
        try await manager.apply(ConfigurationPatch(set: ["log.level": .string("debug")]), author: "page")
        let state = try await manager.current()
        #expect(state.configuration.packs.first?.cells == 8)
        #expect(state.generation == 3)
    }

    @Test func `two processes that change settings at the same time undo nothing of each other`() async throws {
        let (one, other) = (try await opened(), try await opened())
        try await one.apply(ConfigurationPatch(set: confirmedPack), author: "page")
        @Sendable func change(_ key: String, by manager: ConfigManager) async throws {
            for number in 1...40 {
                try await manager.apply(ConfigurationPatch(set: [key: .float(Double(number))]), author: key)
            }
        }
        async let charge: Void = change("pack.1.max_charge_a", by: one)
        async let discharge: Void = change("pack.1.max_discharge_a", by: other)
        _ = try await (charge, discharge)
        try await one.refresh()
        let state = try await one.current()
        #expect(state.generation == 81)
        #expect(state.stored["pack.1.max_charge_a"] == .float(40))
        #expect(state.stored["pack.1.max_discharge_a"] == .float(40))
    }

    @Test func `S66: a change that cannot be stored is an error, and the old value stays`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
}
