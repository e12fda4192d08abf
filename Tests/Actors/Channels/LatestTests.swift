import Actors
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LatestTests {
    @Test func `the newest value wins`() {
        let slot = Latest<Int>()
        #expect(slot.value == nil)
        slot.store(1)
        slot.store(2)
        #expect(slot.value == 2)
    }

    @Test func `the observer has seen the value when store returns`() {
        let slot = Latest<Int>()
        let seen = Mutex<[Int]>([])
        slot.store(0)
        slot.observe { value in seen.withLock { $0.append(value) } }
        #expect(seen.withLock { $0 }.isEmpty)
        slot.store(1)
        #expect(seen.withLock { $0 } == [1])
        slot.endObservation()
        slot.store(2)
        #expect(seen.withLock { $0 } == [1])
    }

    @Test func `a new observer takes the place of the one before`() {
        let slot = Latest<Int>()
        let seen = Mutex<[String]>([])
        slot.observe { value in seen.withLock { $0.append("old \(value)") } }
        slot.observe { value in seen.withLock { $0.append("new \(value)") } }
        slot.store(1)
        #expect(seen.withLock { $0 } == ["new 1"])
    }

    @Test func `the observer may read, store and observe`() {
        let slot = Latest<Int>()
        let seen = Mutex<[Int]>([])
        slot.observe { [unowned slot] value in
            seen.withLock { $0.append(slot.value ?? -1) }
            if value < 3 { slot.store(value + 1) } else { slot.endObservation() }
        }
        slot.store(1)
        slot.store(9)
        #expect(seen.withLock { $0 } == [1, 2, 3])
    }
}
