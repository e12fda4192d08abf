import Actors
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StopSignalTests {
    @Test func `a request reaches handlers once, early and late ones`() {
        let signal = StopSignal()
        let calls = Mutex<[String]>([])
        signal.onRequest { calls.withLock { $0.append("early") } }
        #expect(!signal.isRequested)
        signal.request()
        signal.request()
        signal.onRequest { calls.withLock { $0.append("late") } }
        #expect(signal.isRequested)
        #expect(calls.withLock { $0 } == ["early", "late"])
    }

    @Test func `everybody who waits is released, whoever comes first`() async {
        for turn in 0..<300 {
            let signal = StopSignal()
            await withTaskGroup { group in
                for _ in 0..<3 { group.addTask { await signal.wait() } }
                for _ in 0..<(turn % 4) { await Task.yield() }
                signal.request()
            }
            await signal.wait()
        }
    }

    @Test func `a cancelled wait returns, and the signal is not given`() async {
        let signal = StopSignal()
        for turn in 0..<300 {
            let task = Task { await signal.wait() }
            for _ in 0..<(turn % 4) { await Task.yield() }
            task.cancel()
            await task.value
        }
        #expect(!signal.isRequested)
    }
}
