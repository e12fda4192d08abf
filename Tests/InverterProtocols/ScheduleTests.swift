import Battery
import InverterProtocols
import Testing

@Suite("When frames leave, and who else is on the bus")
struct ScheduleTests {
    let start = Instant(sinceBoot: .seconds(1_000_000))

    /// Asks the schedule whenever it wants to be asked, for a while.
    private func frames(
        _ schedule: inout PublishSchedule, from: Instant, for time: Duration
    ) -> [(at: Duration, id: VictronFrameID)] {
        var now = from
        var sent: [(at: Duration, id: VictronFrameID)] = []
        while now < from + time {
            if let id = schedule.take(now: now) { sent.append((now - from, id)) }
            now = max(schedule.nextDue, now)
        }
        return sent
    }

    @Test func `S40: the required four lead every period, frames are 20 ms apart, the beat does not drift`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        let sent = frames(&schedule, from: start, for: .seconds(60))
        #expect(sent.prefix(4).map(\.id) == [.limits, .charge, .measurements, .alarms])
        let limits = sent.filter { $0.id == .limits }.map(\.at)
        #expect(limits == (0..<60).map { .seconds($0) })
        for (one, next) in zip(sent, sent.dropFirst()) { #expect(next.at - one.at >= .milliseconds(20)) }
        for id in [VictronFrameID.limits, .charge, .measurements, .alarms] {
            #expect(sent.count { $0.id == id } == 60)
        }
        let names = sent.filter { $0.id == .manufacturer }.map(\.at.components.seconds)
        #expect(names == [0, 10, 20, 30, 40, 50])
    }

    /// Seen red with a period that begins without what the last one left over: three frames then never leave.
    @Test func `S40: on a starved machine the required frames take turns behind the limits`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        var sent: [VictronFrameID] = []
        // Asked every 0.4 s only: two or three frames a period.
        for step in 0..<100 {
            if let id = schedule.take(now: start + .milliseconds(400 * step)) { sent.append(id) }
        }
        #expect(sent.count { $0 == .limits } >= 30)
        for id in [VictronFrameID.charge, .measurements, .alarms] {
            // Six slots are 2.4 s: less than the GX's three.
            let places = sent.indices.filter { sent[$0] == id }
            #expect(places.count >= 15, "\(id)")
            for (one, next) in zip(places, places.dropFirst()) { #expect(next - one <= 6, "\(id)") }
        }
    }

    @Test func `S40: a late tick does not move the later ones`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        _ = frames(&schedule, from: start, for: .milliseconds(900))
        let late = start + .milliseconds(1300)
        let first = schedule.take(now: late)
        #expect(first == .limits)
        _ = frames(&schedule, from: late, for: .milliseconds(650))
        #expect(schedule.nextDue == start + .seconds(2))
    }

    @Test func `S3: periods that a stopped process missed are not made up for`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        _ = frames(&schedule, from: start, for: .milliseconds(900))
        let sent = frames(&schedule, from: start + .seconds(40), for: .milliseconds(900))
        #expect(sent.count { $0.id == .limits } == 1)
    }

    @Test func `S42: after a restart of the bus the full set leaves at once`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        _ = frames(&schedule, from: start, for: .milliseconds(700))
        let back = start + .milliseconds(750)
        schedule.restart(now: back)
        let sent = frames(&schedule, from: back, for: .milliseconds(900)).map(\.id)
        #expect(sent.first == .limits)
        #expect(sent.contains(.manufacturer))
    }

    /// Seen red with a set that begins in the moment of the restart.
    @Test func `S40: nor does the first of that set follow closer than 20 ms on the frame before`() {
        var schedule = PublishSchedule(period: .seconds(1), now: start)
        #expect(schedule.take(now: start) == .limits)
        schedule.restart(now: start + .milliseconds(5))
        #expect(schedule.take(now: start + .milliseconds(5)) == nil)
        #expect(schedule.nextDue == start + .milliseconds(20))
        #expect(schedule.take(now: start + .milliseconds(20)) == .limits)
    }

    @Test func `S43: 10 s without a keepalive warns, 600 s alarm, and transmission goes on`() {
        var watch = KeepaliveWatch(.init(), now: start)
        #expect(watch.state(now: start + .seconds(9)) == .fine)
        #expect(watch.state(now: start + .seconds(10)) == .warning)
        #expect(watch.state(now: start + .seconds(599)) == .warning)
        #expect(watch.state(now: start + .seconds(600)) == .alarm)
        let late = watch.permission(now: start + .seconds(100_000))
        #expect(late == .transmit)
        #expect(watch.age(now: start + .seconds(5)) == nil)
        watch.hear(at: start + .seconds(700))
        #expect(watch.state(now: start + .seconds(701)) == .fine)
        #expect(watch.age(now: start + .seconds(703)) == .seconds(3))
    }

    @Test func `S43: stop leaves the bus at the alarm, tries again every retry, and goes on once a keepalive came`() {
        var watch = KeepaliveWatch(
            .init(timeout: .seconds(20), stopsOnTimeout: true, retry: .seconds(30)), now: start)
        let days = [19, 20, 49, 50, 54, 55, 79, 81, 86, 111].map { watch.permission(now: start + .seconds($0)) }
        #expect(days == [.transmit, .closed, .closed, .probe, .probe, .closed, .closed, .probe, .closed, .probe])
        watch.hear(at: start + .seconds(112))
        let back = watch.permission(now: start + .seconds(113))
        #expect(back == .transmit)
    }

    @Test func `S44: three foreign limits in ten seconds are a second sender, until a minute without one`() {
        var watch = DuplicateSenderWatch()
        watch.hear(at: start)
        watch.hear(at: start + .seconds(6))
        let stray = watch.isAlarmed(now: start + .seconds(6))
        #expect(!stray, "one stray frame or two must not stop a house")
        watch.hear(at: start + .seconds(12))
        let slow = watch.isAlarmed(now: start + .seconds(12))
        #expect(!slow)
        watch.hear(at: start + .seconds(13))
        let later = [72, 73].map { watch.isAlarmed(now: start + .seconds($0)) }
        #expect(later == [true, false])
        for second in 80..<83 { watch.hear(at: start + .seconds(second)) }
        let again = watch.isAlarmed(now: start + .seconds(83))
        #expect(again)
        watch.settle()
        let settled = watch.isAlarmed(now: start + .seconds(83))
        #expect(!settled)
    }
}
