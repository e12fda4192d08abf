import BMSProtocols
import Battery
import Links
import Synchronization
import Testing

@testable import Actors

@Suite("What others want of a BMS", .timeLimit(.minutes(1)))
struct PackErrandsTests {
    private typealias Failure = PackErrands.Failure

    /// Starts an errand on a loop; what came of it is there once the loop has run.
    private func start(
        _ errands: PackErrands, on loop: VirtualLoop, length: PackErrands.Length = .short,
        giveUpAfter patience: Duration = .seconds(5), _ work: @escaping PackErrands.Work<Int>
    ) -> Latest<Result<Int, Failure>> {
        let outcome = Latest<Result<Int, Failure>>()
        _ = Task(executorPreference: loop.taskExecutor) {
            do throws(Failure) {
                let value = try await errands.run(
                    length, giveUp: { try? await LoopClock(loop).sleep(for: patience) }, work)
                outcome.store(.success(value))
            } catch { outcome.store(.failure(error)) }
        }
        return outcome
    }

    /// Work that takes as long as it may.
    private final class Slow: Sendable {
        let ends = Mutex<[Instant]>([])
        private let loop: VirtualLoop

        init(loop: VirtualLoop) { self.loop = loop }

        nonisolated(nonsending) func work(_ driver: any BMSDriver, until end: Instant) async throws(BMSError) -> Int {
            let number = ends.withLock { ends in
                ends.append(end)
                return ends.count
            }
            try? await LoopClock(loop).sleep(until: end)
            return number
        }
    }

    @Test func `S78: an errand ends with the gap between two polls, and the polls keep their beat`() {
        let world = World()
        world.start()
        world.run(.seconds(3))
        let slow = Slow(loop: world.loop)
        let outcomes = (1...3).map { _ in start(world.errands, on: world.loop, slow.work) }
        world.run(.seconds(3))
        #expect(outcomes.map(\.value) == [.success(1), .success(2), .success(3)])
        let all = slow.ends.withLock { $0 }
        #expect(zip(all, all.dropFirst()).map { $1 - $0 } == [.milliseconds(500), .milliseconds(500)])
        #expect(world.limits(since: .seconds(3)).allSatisfy { $0.ccl > 0 })
    }

    @Test func `S2: a long errand takes the place of polls only while the data is live`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let slow = Slow(loop: world.loop)
        let before = world.loop.now
        let outcomes = (1...4).map { _ in start(world.errands, on: world.loop, length: .long, slow.work) }
        var oldest = Duration.zero
        for _ in 0..<1000 {
            world.run(.milliseconds(10))
            oldest = max(oldest, world.loop.now - (try #require(world.reports.value?.ageOrigin)))
        }
        #expect(outcomes.compactMap { try? $0.value?.get() } == [1, 2, 3, 4])
        #expect(slow.ends.withLock { $0[0] - before } > .milliseconds(500))
        #expect(oldest < .seconds(2), "the data was \(oldest) old")
        #expect(world.limits(since: .seconds(30)).allSatisfy { $0.ccl > 0 })
    }

    @Test func `a BMS that is away is told at once`() {
        let world = World("bms-silent")
        world.start()
        world.run(.seconds(60))
        let outcome = start(world.errands, on: world.loop) { _, _ in 1 }
        world.run(.seconds(4))
        #expect(outcome.value == .failure(.absent))
    }

    @Test func `what the BMS answers otherwise is told in its words`() {
        let world = World()
        world.start()
        world.run(.seconds(3))
        let outcome = start(world.errands, on: world.loop) { _, _ throws(BMSError) in throw .unexpected("odd") }
        world.run(.seconds(1))
        #expect(outcome.value == .failure(.bms(BMSError.unexpected("odd").sentence)))
    }

    @Test func `only so many wait, for as long as they want to`() {
        let loop = VirtualLoop()
        let errands = PackErrands()
        let outcomes = (0..<9).map { number in
            start(errands, on: loop, giveUpAfter: .seconds(number == 0 ? 1 : 60)) { _, _ in 1 }
        }
        loop.run(for: .milliseconds(1))
        #expect(outcomes.compactMap(\.value) == [.failure(.busy)])
        loop.run(for: .seconds(1))
        #expect(outcomes[0].value == .failure(.late) || outcomes[0].value == .failure(.busy))
        errands.refuseAll()
        loop.runUntilIdle()
        #expect(outcomes.filter { $0.value == .failure(.absent) }.count >= 7)
    }

    @Test func `whoever waits is told when nobody will ever come`() {
        let loop = VirtualLoop()
        var errands: PackErrands? = PackErrands()
        let outcome = errands.map { start($0, on: loop) { _, _ in 1 } }
        loop.run(for: .milliseconds(1))
        // Its waiter holds it while it waits; a new poller comes with errands of its own.
        errands?.refuseAll()
        errands = nil
        loop.runUntilIdle()
        #expect(outcome?.value == .failure(.absent))
    }
}
