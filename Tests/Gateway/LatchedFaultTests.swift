import Battery
import Log
import Storage
import Testing
import Wiring

@testable import Gateway

@Suite("A latched fault over a restart")
struct LatchedFaultTests {
    /// A daemon's view of a state folder in which something was kept as the latched fault.
    private func fault(kept value: StoredValue?) async throws -> LatchedFault? {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        if let value {
            let store = try ConfigStore(folder: folder, wallClock: { 0 })
            try store.keep([SettingName("faults", "latched"): value], .latch)
            store.close()
        }
        let daemon = try Daemon(.init(state: folder, settings: [], logFormat: .text, logLevel: .error))
        return try await daemon.open().latchedFault
    }

    @Test func `S4: what was latched is latched, and nothing stays nothing`() async throws {
        let latched = LatchedFault(kind: .cellOverVoltage, pack: 2, value: 3.8)
        #expect(try await fault(kept: .string(latched.stored)) == latched)
        #expect(try await fault(kept: nil) == nil)
    }

    /// Seen red with the error of the store taken for no fault.
    @Test func `S4: a latched fault that cannot be read counts as one`() async throws {
        #expect(try await fault(kept: .int(1)) != nil)
        #expect(try await fault(kept: .string("rubbish")) != nil)
    }
}
