import Actors
import Battery
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HeartbeatMonitorTests {
    private let start = Instant(sinceBoot: .seconds(1_000_000))

    private func at(_ second: Double) -> Instant { start + .seconds(second) }

    @Test func `a unit of work is late after 5 s and hangs after 10 s (S50, S54)`() {
        var monitor = HeartbeatMonitor()
        let beats = ["bms.1": at(0), "inverter": at(0)]
        #expect(monitor.judge(beats, at: at(2)) == .alive)
        #expect(monitor.judge(beats, at: at(5)) == .alive)
        #expect(monitor.judge(beats, at: at(5.001)) == .late(["bms.1", "inverter"]))
        #expect(monitor.judge(["bms.1": at(0), "inverter": at(4)], at: at(8)) == .late(["bms.1"]))
        #expect(monitor.judge(beats, at: at(10)) == .late(["bms.1", "inverter"]))
        #expect(monitor.judge(["bms.1": at(9), "inverter": at(0)], at: at(10.001)) == .hung(["inverter"]))
    }

    @Test func `nobody required is nobody late`() {
        var monitor = HeartbeatMonitor()
        #expect(monitor.judge([:], at: start) == .alive)
    }

    @Test func `after the whole process stood still everybody has time to work again (S54)`() {
        var monitor = HeartbeatMonitor()
        let beats = ["bms.1": at(0)]
        #expect(monitor.judge(beats, at: at(1)) == .alive)
        // SIGSTOP for 40 s.
        #expect(monitor.judge(beats, at: at(41)) == .alive)
        #expect(monitor.judge(beats, at: at(43)) == .alive)
        #expect(monitor.judge(beats, at: at(46.5)) == .late(["bms.1"]))
        #expect(monitor.judge(beats, at: at(50)) == .late(["bms.1"]))
        #expect(monitor.judge(beats, at: at(51.5)) == .hung(["bms.1"]))
    }

    @Test func `a standstill is no excuse a second time before everybody has worked (S50)`() {
        var monitor = HeartbeatMonitor()
        var beats = ["bms.1": at(0), "inverter": at(0)]
        _ = monitor.judge(beats, at: at(1))
        #expect(monitor.judge(beats, at: at(41)) == .alive)
        beats["inverter"] = at(42)
        #expect(monitor.judge(beats, at: at(45.5)) == .alive)
        #expect(monitor.judge(beats, at: at(50)) == .late(["bms.1", "inverter"]))
        beats["inverter"] = at(51)
        #expect(monitor.judge(beats, at: at(54.5)) == .hung(["bms.1"]))
        beats = ["bms.1": at(55), "inverter": at(55)]
        #expect(monitor.judge(beats, at: at(56)) == .alive)
        #expect(monitor.judge(beats, at: at(96)) == .alive)
    }
}
