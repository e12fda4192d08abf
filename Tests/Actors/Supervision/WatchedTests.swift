import Links
import Testing

@testable import Actors

@Suite("A child that must give signs of life")
struct WatchedTests {
    private actor Sleeper: Child {
        private let clock: LoopClock

        init(_ loop: any Loop) { clock = LoopClock(loop) }

        func run() async throws { try await clock.sleep(for: .seconds(3)) }
    }

    @Test func `S54: signs of life are required while it runs, and no longer`() {
        let loop = VirtualLoop()
        let heartbeats = Heartbeats(clock: LoopClock(loop))
        let watched = Watched(Sleeper(loop), id: "bms.1", heartbeats: heartbeats, loop: loop)
        #expect(heartbeats.required.isEmpty)
        let task = Task(executorPreference: loop.taskExecutor) { try await watched.run() }
        loop.run(for: .seconds(2))
        #expect(Array(heartbeats.required.keys) == ["bms.1"])
        loop.run(for: .seconds(2))
        #expect(heartbeats.required.isEmpty)
        task.cancel()
    }
}
