import Actors
import Links
import Log
import Testing

@testable import Gateway

@Suite("How the daemon ends")
struct DaemonEndTests {
    private struct Failure: Error {}

    private actor Failing: Child {
        func run() async throws { throw Failure() }
    }

    /// systemd then starts it again (S53).
    @Test func `S51: a data path that cannot be kept alive ends the process with 70`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let daemon = try Daemon(.init(state: folder, settings: [], logFormat: .text, logLevel: .error))
        let path = try await daemon.open()
        let clock = LoopClock(daemon.control)
        let supervisor = RootSupervisor(
            [ChildSpecification(id: "acquisition", group: .dataPath) { _ in Failing() }],
            budget: RestartBudget(maximum: 1), clock: clock, heartbeats: Heartbeats(clock: clock),
            logger: daemon.logger)
        #expect(await daemon.finish(path, supervisor) == .internalError)
        #expect(ExitCode.internalError.rawValue == 70)
    }
}
