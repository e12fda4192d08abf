import Battery
import Glibc
import JSONText
import Links
import Log
import Monitoring
import Simulator
import Storage
import Synchronization
import Testing

@testable import Actors

@Suite("The monitor", .timeLimit(.minutes(2))) struct MonitorTests {
    private let folder = StateFolder()

    private func stored(_ name: String) throws -> Double? {
        let store = try TelemetryStore(folder: folder.path, wallClock: { 0 })
        defer { store.close() }
        return try store.contents().figures[name]?.value
    }

    private func status(_ watch: Watch) -> JSONTree {
        let world = watch.world
        let text = StatusDocument.render(
            world.picture.value, packs: [world.linkPicture.value].compactMap(\.self), monitoring: watch.picture,
            now: world.loop.now, time: UTCTime(milliseconds: 0)
        ).text
        return JSONTree(text.utf8) ?? .null
    }

    @Test func `energy, peaks and time to full are in the status`() throws {
        let world = World(current: 20)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(600))
        let status = status(watch)
        let power = try #require(status["battery"]["power_w"].number)
        let charged = try #require(status["energy"]["charged_wh"].number)
        #expect(abs(charged - power * 595 / 3600) < power * 10 / 3600)
        #expect(status["energy"]["discharged_wh"].number == 0)
        #expect(abs((status["peaks"]["charge_a"].number ?? 0) - 20) < 1)
        #expect(status["peaks"]["charge_a_time"].string?.hasPrefix("2025-03-01T00:") == true)
        #expect(status["peaks"]["discharge_a"] == .null)
        let charge = try #require(status["battery"]["soc_percent"].number)
        let capacity = try #require(status["battery"]["capacity_ah"].number)
        let toFull = try #require(status["battery"]["time_to_full_s"].number)
        #expect(abs(toFull - (100 - charge) / 100 * capacity / 20 * 3600) < toFull / 20)
        #expect(status["battery"]["time_to_empty_s"] == .null)
        let pack = status["derived"]["packs"].elements.first
        #expect(abs((pack?["current_mean_a"].number ?? 0) - 20) < 1)
        #expect(pack?["charged_wh"].number == charged)
        // Where the alerts begin, so that a page can draw it: LFP's (docs/monitoring.md).
        let levels = try #require(pack?["alert_levels"])
        #expect(levels["cell_high_warning_v"].number.map { abs($0 - 3.55) < 1e-9 } == true)
        #expect(levels["cell_low_alarm_v"].number == 2.8)
    }

    @Test func `what is derived of a pack is in the status, null where it is unknown`() throws {
        let world = World(current: 20)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(600))
        let pack = try #require(status(watch)["derived"]["packs"].elements.first)
        #expect(abs((pack["current_mean_1min_a"].number ?? 0) - 20) < 0.5)
        #expect(abs((pack["current_mean_15min_a"].number ?? 0) - 20) < 0.5)
        #expect(abs((pack["charged_ah"].number ?? 0) - 20 * 595 / 3600) < 0.1)
        #expect(pack["discharged_ah"].number == 0)
        #expect(abs((pack["peaks"]["charge_a"].number ?? 0) - 20) < 1)
        #expect(pack["soc_bms_percent"].number != nil)
        #expect(pack["sources"]["soc_bms_percent"].string == "bms")
        #expect(pack["sources"]["soc_own_percent"].string == "own")
        // It was never full nor empty.
        for name in ["soc_own_percent", "soc_drift_percent", "synchronised", "measured_capacity"] {
            #expect(pack[name] == .null)
        }
    }

    @Test func `S10: what is derived turns to null at SILENT; peaks have their own times`() {
        let world = World(current: 20)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(60))
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(3))
        #expect(status(watch)["battery"]["time_to_full_s"] == .null)
        world.run(.seconds(40))
        let silent = status(watch)
        #expect(silent["stage"].string == "silent")
        #expect(silent["energy"]["charged_wh"] == .null)
        #expect(silent["derived"]["packs"].elements.isEmpty)
        #expect(silent["peaks"]["charge_a"].number != nil)
    }

    @Test func `an alarm of the BMS is an alert within two seconds, in the status since then, and over with its cause`()
        throws
    {
        let world = World(current: 0) { $0.pack.stateOfCharge = 9 }
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(8))
        let alert = try #require(watch.picture?.alerts.first { $0.identity.variant == "low_state_of_charge" })
        #expect(alert.activity?.severity == .alarm)
        #expect(alert.activity?.reading?.unit == "%")
        world.run(.seconds(60))
        let alarm = status(watch)["alarms"].elements.first { $0["alarm"].string == "low_state_of_charge" }
        #expect(abs((alarm?["since_s"].number ?? 0) - 65) < 3)
        let event = watch.events { $0.codes = ["alarm_raised"] }.first
        #expect(event?.count == 1)
        #expect(event?.isActive == true)
    }

    @Test func `the end of the data is an alarm in the list, begins once and ends once`() throws {
        let world = World()
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(20))
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(60))
        let lost = try #require(watch.events { $0.codes = ["stage"] }.first)
        #expect(lost.severity == .alarm)
        #expect(lost.isActive)
        #expect(lost.fields.text("to") == "silent")
        world.pack.endFault(Misbehaviour(.silence))
        world.run(.seconds(20))
        let over = try #require(watch.events { $0.codes = ["stage"] }.first { $0.id == lost.id })
        #expect(!over.isActive)
        #expect(over.count == 1)
        let statistics = watch.ask { try await $0.statistics() }
        #expect((statistics?.figures[.init(code: "stage", variant: "lost")]?.longest ?? 0) > 50)
    }

    @Test func `S60: counters, peaks and events outlive the process`() throws {
        let first = World(current: 30)
        var watch = Watch(first, folder: folder.path)
        first.start()
        first.run(.seconds(600))
        let charged = try #require(watch.picture?.derived.energy.charged)
        let boots = watch.picture?.bootCount
        watch.stop()
        #expect(try stored("energy.charged_wh") == charged)
        let flowed = try #require(try stored("derived.pack.1.charged_ah"))
        #expect(abs(flowed - 30 * 595 / 3600) < 0.1)
        let second = World(current: -10)
        watch = Watch(second, folder: folder.path)
        second.start()
        second.run(.seconds(60))
        let picture = try #require(watch.picture)
        #expect(picture.derived.energy.charged == charged)
        #expect(picture.derived.energy.discharged > 0)
        #expect(abs((picture.peaks.chargeCurrent?.value ?? 0) - 30) < 1)
        #expect(picture.derived.packs.first?.figures.charged == flowed)
        #expect(boots == 1 && picture.bootCount == 2)
        // One line for both lives.
        #expect(watch.events { $0.codes = ["can_open"] }.map(\.count) == [2])
    }

    @Test func `a monitor that is restarted tells no total that has fallen`() throws {
        let world = World(current: 30)
        let desk = MonitoringDesk()
        // Nothing but the first commit is ever written.
        let stuck = StuckExecutor()
        var watch = Watch(world, folder: folder.path, desk: desk, executor: stuck)
        while stuck.waiting > 0 {
            stuck.release()
            world.loop.runUntilIdle()
        }
        world.start()
        world.run(.seconds(50))
        let charged = try #require(watch.picture?.derived.energy.charged)
        #expect(charged > 5)
        watch.stop()
        watch = Watch(world, folder: folder.path, desk: desk)
        world.run(.seconds(1))
        #expect((watch.picture?.derived.energy.charged ?? 0) >= charged)
        stuck.release()
    }

    /// Seen red with a commit at the regular interval only.
    @Test func `an alarm is stored at once, counters once a minute`() throws {
        let world = World(current: 10) { $0.pack.stateOfCharge = 9 }
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(12))
        let store = try TelemetryStore(folder: folder.path, wallClock: { 0 })
        defer { store.close() }
        #expect(try store.contents().events.contains { $0.variant == "low_state_of_charge" && $0.isActive })
        let early = try store.contents().figures["energy.charged_wh"]?.value
        world.run(.seconds(30))
        #expect(try store.contents().figures["energy.charged_wh"]?.value == early)
        world.run(.seconds(30))
        #expect((try store.contents().figures["energy.charged_wh"]?.value ?? 0) > early ?? 0)
        _ = watch
    }

    @Test func `S33, S66: a card that never answers stops neither frames nor alerts, and asks are answered`() throws {
        let world = World(current: 10) { $0.pack.stateOfCharge = 9 }
        let stuck = StuckExecutor()
        let watch = Watch(world, folder: folder.path, executor: stuck)
        world.start()
        world.run(.seconds(600))
        let times = world.frames(0x351).map(\.at)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= .milliseconds(1100) })
        #expect(watch.picture?.alerts.isEmpty == false)
        // One call waits, and no queue grows behind it.
        #expect(stuck.waiting == 1)
        // Totals of earlier lives are unknown, so no total is told.
        #expect(status(watch)["energy"]["charged_wh"] == .null)
        while stuck.waiting > 0 {
            stuck.release()
            world.loop.runUntilIdle()
        }
        world.run(.seconds(1))
        #expect((status(watch)["energy"]["charged_wh"].number ?? 0) > 80)
    }

    @Test func `S66: a medium that refuses is told once, and taken again once it is well`() throws {
        rmdir(folder.path)
        close(open(folder.path, O_WRONLY | O_CREAT, 0o600))
        let world = World(current: 10)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(300))
        #expect(watch.reported.withLock { $0.map(\.name) } == ["telemetry_failed"])
        // Known without the store.
        #expect(watch.events { $0.codes = ["telemetry_failed"] }.map(\.isActive) == [true])
        unlink(folder.path)
        world.run(.seconds(61))
        #expect(watch.reported.withLock { $0.map(\.name) } == ["telemetry_failed", "telemetry_resumed"])
        #expect(watch.events { $0.codes = ["telemetry_failed"] }.map(\.isActive) == [false])
        #expect((status(watch)["energy"]["charged_wh"].number ?? 0) > 20)
        watch.stop()
        #expect((try stored("energy.charged_wh") ?? 0) > 20)
    }

    @Test func `S60: a damaged file is told, begun anew, and everything goes on`() throws {
        close(open(folder.path + "/telemetry.sqlite", O_WRONLY | O_CREAT, 0o600))
        let descriptor = open(folder.path + "/telemetry.sqlite", O_WRONLY)
        _ = "this is no database, and never was one".withCString { write(descriptor, $0, 38) }
        close(descriptor)
        let world = World(current: 10)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(120))
        #expect(watch.reported.withLock { $0.map(\.name) } == ["telemetry_damaged"])
        #expect((status(watch)["energy"]["charged_wh"].number ?? 0) > 5)
        #expect(!watch.events { $0.codes = ["telemetry_damaged"] }.isEmpty)
        watch.stop()
        #expect((try stored("energy.charged_wh") ?? 0) > 5)
    }

    @Test func `acknowledging a latched fault reaches the control path; any other event is merely seen`() throws {
        let world = World()
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(10))
        let plain = try #require(watch.events().first { !$0.isLatched })
        #expect(watch.ask { try await $0.acknowledge(plain.id) }??.acknowledged != nil)
        #expect(watch.acknowledgements.withLock { $0 } == 0)
        watch.fault.withLock { $0 = LatchedFault(kind: .deepDischarge, pack: 1, value: 1.9) }
        world.run(.seconds(10))
        let latched = try #require(watch.picture?.alerts.first { $0.isLatched })
        #expect(abs((status(watch)["faults"].elements.first?["since_s"].number ?? 0) - 9.5) < 1)
        #expect(status(watch)["faults"].elements.first?["fault"].string == "deep_discharge")
        #expect(watch.ask { try await $0.acknowledge(latched.id) }??.acknowledged != nil)
        #expect(watch.acknowledgements.withLock { $0 } == 1)
        watch.fault.withLock { $0 = nil }
        world.run(.seconds(2))
        #expect(watch.picture?.faults.isEmpty == true)
        #expect(watch.picture?.alerts.contains { $0.isLatched } == false)
        #expect(watch.ask { try await $0.acknowledge(987_654) } == .some(nil))
    }

    @Test func `who listens is told of each change, and the list can be paged and filtered`() throws {
        let world = World()
        let watch = Watch(world, folder: folder.path, commitInterval: .seconds(10))
        let changes = watch.desk.changes.subscribe(capacity: 1000, name: "test")
        world.start()
        world.run(.seconds(5))
        for number in 0..<700 {
            world.told.send(
                GatewayEvent(.notice, "configuration_changed", "change", [.init("generation", .integer(number))]))
            world.run(.milliseconds(200))
        }
        #expect(changes.report.waiting >= 700)
        var seen: [Int] = []
        var query = EventQuery()
        query.codes = ["configuration_changed"]
        query.limit = 50
        repeat {
            let asked = query
            let page = try #require(watch.ask { desk in try await desk.events(asked) })
            seen += page.events.compactMap { $0.fields.integer("generation") }
            query.before = page.next
        } while query.before != nil && seen.count < 2000
        #expect(seen == (0..<700).reversed())
        #expect(watch.picture?.lostEvents == 0)
        #expect(watch.events { $0.severities = [.alarm] }.isEmpty)
    }

    @Test func `nobody waits for a monitor that is not there`() async {
        let desk = MonitoringDesk()
        await #expect(throws: MonitoringError.unavailable) { try await desk.events(EventQuery()) }
    }

    @Test func `fields survive the store`() {
        let fields = [
            EventField("a", .text("x\"y")), EventField("b", .number(1.25)), EventField("c", .flag(true)),
            EventField("d", .unknown),
        ]
        #expect([EventField](json: fields.json.text) == fields)
        #expect([EventField](json: "rubbish") == [])
    }
}
