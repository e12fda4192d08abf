import Access
import Actors
import Configuration
import JSONText
import Log
import Storage
import Testing
import Wiring

@testable import Gateway

/// Who owns a device, over restarts and beside the local command.
@Suite("Access kept in the state folder", .timeLimit(.minutes(1)))
struct AccessTests {
    private let password = Secret("correct horse battery")

    private func daemon(_ folder: String) async throws -> Daemon {
        let daemon = try Daemon(.init(state: folder, settings: [], logFormat: .text, logLevel: .error))
        _ = try await daemon.open()
        try await daemon.access.open()
        return daemon
    }

    /// The configuration as a command has it open.
    private func command(_ folder: String) async throws -> ConfigManager {
        let manager = ConfigManager(folder: folder, executor: try StorageThread(), rules: .gateway, wallClock: { 0 })
        _ = try await manager.open(for: .changing)
        return manager
    }

    @Test func `S70: what the command shows claims the running device, which stays claimed over a restart`()
        async throws
    {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let first = try await daemon(folder)
        var random = SystemRandomNumberGenerator()
        let shown = try await AccessAdministration.setupCode(
            StoredAccess(try await command(folder)), using: &random)
        let code = try #require(shown)
        _ = try await first.access.claim(code: Secret(code.text), password: password, from: "127.0.0.1")
        let second = try await daemon(folder)
        #expect(second.access.isClaimed)
        let session = try await second.access.logIn(password: password, from: "127.0.0.1")
        // A session of one process is none of another.
        #expect(second.access.holds(.session(session)) && !first.access.holds(.session(session)))
    }

    @Test func `S70: a reset beside the daemon ends its sessions as soon as it is told`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let daemon = try await daemon(folder)
        var random = SystemRandomNumberGenerator()
        let store = StoredAccess(try await command(folder))
        let code = try #require(try await AccessAdministration.setupCode(store, using: &random))
        let session = try await daemon.access.claim(code: Secret(code.text), password: password, from: "127.0.0.1")
        _ = try await daemon.access.makeToken(name: "test", scopes: [.read], author: "page")
        let new = try await AccessAdministration.reset(store, using: &random)
        try await daemon.access.reload()
        #expect(!daemon.access.isClaimed && !daemon.access.holds(.session(session)) && daemon.access.tokens.isEmpty)
        #expect(new != code)
        #expect(try await store.texts() == ["setup_code": new.text])
    }

    @Test func `S91: neither export nor listing nor history of the configuration knows of it`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let manager = try await command(folder)
        var random = SystemRandomNumberGenerator()
        let code = try #require(
            try await AccessAdministration.setupCode(StoredAccess(manager), using: &random))
        #expect(!(try await manager.export(withSecrets: true)).text.contains(code.text))
        #expect(try await manager.history().isEmpty)
        #expect(try await manager.current().stored == [:])
    }

    @Test func `what is stored with another type is damage, and not an unclaimed device`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let store = try ConfigStore(folder: folder, wallClock: { 0 })
        try store.keep([SettingName("access", "password"): .int(1)], .latch)
        store.close()
        await #expect(throws: (any Error).self) { try await daemon(folder) }
    }
}
