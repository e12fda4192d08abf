import Actors
import Configuration
import Glibc
import JSONText
import Storage
import Testing

/// What tools do with the configuration: look, go back, take out and in.
@Suite(.timeLimit(.minutes(1))) struct ConfigExchangeTests: ConfigManagerSuite {
    let folder = StateFolder()

    // MARK: - Tools

    /// Seen red with a store that is opened as the daemon opens it.
    @Test func `reading makes, mends and moves nothing, and takes no change`() async throws {
        let absent = folder.path + "/absent"
        let nothing = ConfigManager(folder: absent, executor: try StorageThread(), wallClock: { 0 })
        #expect(try await nothing.open(for: .reading).state.stored == [:])
        #expect(access(absent, F_OK) != 0)
        try await opened().apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        #expect(try await tool.apply(ConfigurationPatch(set: confirmedPack), author: "tool") == 2)
    }

    // MARK: - History and exchange

    @Test func `a rollback makes a new generation, if the old one is still valid`() async throws {
        let manager = try await opened()
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
        try await manager.apply(ConfigurationPatch(set: confirmedPack), author: "page")
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
