import BMSProtocols
import Battery
import Links
import Synchronization
import Testing

@testable import Actors

@Suite("What a poller tells of itself")
struct BMSPollerTests {
    /// A driver whose first poll never comes back: a defect, as a BMS that is away gives an error.
    private final class HangingDriver: BMSDriver {
        let family = "hanging"
        let statistics = DriverStatistics()
        private let clock: LoopClock

        init(_ loop: any Loop) { clock = LoopClock(loop) }

        func poll() async throws(BMSError) -> PackReading {
            while !Task.isCancelled { try? await clock.sleep(for: .seconds(3600)) }
            throw .cancelled
        }

        func identify(within end: Instant) async throws(BMSError) -> PackIdentity { throw .silent }
    }

    @Test func `S54: a poll that does not come back gives no sign of life, whatever the clock says`() {
        let loop = VirtualLoop()
        let beats = Mutex(0)
        let far = Mutex<MemoryLink?>(nil)
        let specification = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150)
        let poller = BMSPoller(
            .init(
                loop: loop, specification: specification, interval: .milliseconds(500), hold: .seconds(2),
                link: PackLinkPicture(pack: 1, address: "memory", family: "hanging"),
                openLink: { () throws(LinkError) in
                    await loop.run {
                        let (near, other) = MemoryLink.pair(loop: loop, names: ("near", "far"))
                        far.withLock { $0 = other }
                        return near
                    }
                },
                makeDriver: { _ in HangingDriver(loop) }, reports: Latest(), linkPicture: Latest(), report: { _ in },
                beat: { beats.withLock { $0 += 1 } }))
        let task = Task(executorPreference: loop.taskExecutor) { try await poller.run() }
        loop.run(for: .seconds(60))
        #expect(far.withLock { $0 != nil }, "the link was opened")
        #expect(beats.withLock { $0 } == 0)
        task.cancel()
        loop.runUntilIdle()
    }
}
