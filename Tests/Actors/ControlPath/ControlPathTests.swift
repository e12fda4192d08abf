import Battery
import InverterProtocols
import Links
import Simulator
import Synchronization
import Testing

@testable import Actors

@Suite("From the BMS's bytes to the inverter's frames, on virtual time")
struct ControlPathTests {
    @Test func `a healthy pack becomes a battery: all frames, true values, limits that rise from a tenth`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let limits = world.limits()
        #expect(try #require(limits.first).at <= .milliseconds(2500))
        #expect(limits.first?.ccl ?? 99 <= 10)
        #expect(limits.first?.dcl == 150)
        #expect(limits.last?.ccl == 100)
        let belief = try #require(world.gx?.belief)
        #expect(belief.isConnected)
        #expect(abs((belief.voltage ?? 0) - world.pack.terminals.voltage) < 0.1)
        #expect(abs((belief.current ?? 0) - 20) < 0.2)
        #expect(belief.name == "Cellbridge")
        #expect(belief.alarms.isEmpty && belief.warnings.isEmpty)
        #expect(world.gx?.statistics.longestLimitsGap ?? .seconds(9) < .milliseconds(1100))
    }

    @Test func `S40: for a simulated hour the required frames keep their second`() {
        let world = World(current: 0)
        world.start()
        world.run(.seconds(3600))
        let times = world.frames(0x351).map(\.at)
        #expect(times.count >= 3597)
        for id in [0x355, 0x356, 0x35A] as [UInt32] { #expect(abs(world.frames(id).count - times.count) <= 1) }
        for (one, next) in zip(times, times.dropFirst()) { #expect(next - one <= .milliseconds(1100)) }
    }

    @Test func `S2, S40: a silent BMS is on the wire as CCL 0 within 6.1 s, then DCL 0, then silence`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.silence))
        let silent = world.time
        world.run(.seconds(60))
        let after = world.limits(since: silent)
        #expect(try #require(after.first { $0.ccl == 0 }).at - silent <= .milliseconds(6100))
        #expect(try #require(after.first { $0.dcl == 0 }).at - silent <= .milliseconds(16_100))
        #expect(try #require(after.last).at - silent <= .milliseconds(31_100))
        #expect(after.allSatisfy { $0.cvl >= 53.6 }, "CVL is never below rest")
        #expect(world.gx?.belief.isConnected == false)
        #expect(world.events("stage").count == 5, "one event a change")
    }

    @Test func `S4: a fault that was latched before a restart still forbids charging`() throws {
        let world = World(fault: LatchedFault(kind: .cellOverVoltage, pack: 1, value: 3.8))
        world.start()
        world.run(.seconds(60))
        let limits = world.limits()
        #expect(try #require(limits.last).at >= .seconds(58))
        #expect(limits.allSatisfy { $0.ccl == 0 && $0.dcl == 150 })
        world.acknowledgements.store(1)
        world.run(.seconds(30))
        #expect(world.limits().last?.ccl ?? 0 > 0)
        #expect(world.keptFaults.withLock { $0 } == [nil], "what was let go must not come back with the next restart")
    }

    @Test func `S4: a fault is kept as soon as it is latched`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.cellVoltage, cell: 5, value: 3.80))
        world.run(.seconds(3))
        let kept = try #require(world.keptFaults.withLock { $0.first ?? nil })
        #expect(kept.kind == .cellOverVoltage && kept.value == 3.8)
        #expect(world.keptFaults.withLock { $0.count } == 1, "once a change, not once a step")
    }

    @Test func `S26: a 0x351 above a configured maximum does not leave, and that is told once`() {
        // No limit can be this low, so that the decision itself is above it.
        let world = World(maximumDischarge: -1)
        world.start()
        world.run(.seconds(30))
        #expect(world.frames(0x351).isEmpty)
        #expect(!world.frames(0x355).isEmpty, "the others leave")
        #expect(world.events("limits_refused").count == 1)
    }

    @Test func `S54: without a BMS and without a bus the publisher still finishes its work each second`() {
        let world = World()
        world.pack.beginFault(Misbehaviour(.unplugged))
        world.openFails.withLock { $0 = true }
        world.start()
        world.run(.seconds(60))
        let beats = world.beats.withLock { $0 }
        #expect(beats.count >= 55)
        for (one, next) in zip(beats, beats.dropFirst()) { #expect(next - one <= .seconds(5)) }
    }

    @Test func `S6: limits come back after three good polls over two seconds, and then slowly`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(10))
        world.pack.endFault(Misbehaviour(.silence))
        let back = world.time
        world.run(.seconds(40))
        let rising = world.limits(since: back)
        #expect(try #require(rising.first { $0.ccl > 0 }).at - back >= .seconds(12))
        for (one, next) in zip(rising, rising.dropFirst()) {
            #expect(next.ccl - one.ccl <= 10 * (next.at - one.at).seconds + 0.11)
        }
        #expect(rising.last?.ccl == 100)
    }

    @Test func `S6, S27: a cell at its limit leaves as 0x351 in the very turn in which it was read`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let before = world.frames(0x351).count
        world.pack.beginFault(Misbehaviour(.cellVoltage, cell: 5, value: 3.70))
        let began = world.time
        world.run(.seconds(3))
        let cut = try #require(world.limits(since: began).first { $0.ccl == 0 })
        // Half a second to the next poll and its answer, and not a moment more.
        #expect(cut.at - began <= .milliseconds(650))
        #expect(cut.dcl == 150)
        #expect(world.frames(0x351).count > before + 3, "the beat goes on beside it")
    }

    @Test func `S42: a bus that takes frames again has no problem any more`() {
        let world = World()
        world.start()
        world.run(.seconds(5))
        #expect(world.picture.value?.inverter.problem == nil)
        world.gatewayEnd.withLock { $0 }?.isCongested = true
        world.run(.seconds(2))
        #expect(world.picture.value?.inverter.problem != nil)
        #expect(world.picture.value?.inverter.link == .open)
        world.gatewayEnd.withLock { $0 }?.isCongested = false
        world.run(.seconds(2))
        #expect(world.picture.value?.inverter.problem == nil)
    }

    /// Seen red with the rules of `EncodedLimits.isAbove` left out: the lower voltage then waits for its turn.
    @Test func `S6: a charge voltage that a safety rule lowers calls for a frame, whatever the currents`() throws {
        let world = World(fault: LatchedFault(kind: .cellOverVoltage, pack: 1, value: 3.8))
        world.start()
        world.run(.seconds(30))
        var before = try #require(world.picture.value?.decision)
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(8))
        let after = try #require(world.picture.value?.decision)
        #expect(after.stage == .noCharge && after.chargeCurrent.value == before.chargeCurrent.value)
        before.chargeVoltage.value = after.chargeVoltage.value + 1
        let frame = try #require(VictronMapping.frame(.limits, from: before, identity: VictronIdentity()))
        #expect(EncodedLimits(frame)?.isAbove(after) == true)
        #expect(EncodedLimits(frame)?.isAbove(before) == false)
    }

    @Test func `S8: a frozen counter is a silent BMS`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.frozenCounter))
        let frozen = world.time
        world.run(.seconds(12))
        #expect(try #require(world.limits(since: frozen).first { $0.ccl == 0 }).at - frozen <= .milliseconds(7100))
    }

    @Test func `S30: an unplugged cable lowers the limits and mends itself`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.unplugged))
        world.run(.seconds(100))
        #expect(world.gx?.belief.isConnected == false)
        world.pack.endFault(Misbehaviour(.unplugged))
        world.run(.seconds(60))
        #expect(world.limits().last?.ccl == 100)
        #expect(world.events("bms_link").count <= 4, "a change a line, not a try")
    }

    @Test func `S41: what waited in the queue is followed by a fresh frame, and only one ever waits`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.loop.perform { world.wire.faults.delay = .milliseconds(4500) }
        world.run(.milliseconds(1100))
        world.pack.beginFault(Misbehaviour(.silence))
        let silent = world.time
        world.run(.seconds(20))
        // At most one old frame an id: nothing that allows charging arrives later than one delay after NO-CHARGE.
        let late = world.limits(since: silent + .seconds(11) + .milliseconds(200))
        #expect(!late.isEmpty)
        #expect(late.allSatisfy { $0.ccl == 0 })
        #expect(world.events("can_tx_lost").count >= 1)
        // Each confirmation comes 4.5 s late and is followed at once, not at the next period.
        let arrivals = world.frames(0x351, since: silent).map(\.at)
        for (one, next) in zip(arrivals, arrivals.dropFirst()) {
            #expect(next - one <= .milliseconds(4550))
        }
    }

    @Test func `S41: a limit that falls while a frame is on its way follows it at once, late or not`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let beat = try #require(world.frames(0x351).last).at
        world.loop.perform { world.wire.faults.delay = .milliseconds(700) }
        // A frame goes out with each beat; the poll between two of them brings the high cell.
        world.run(beat + .milliseconds(10_100) - world.time)
        world.pack.beginFault(Misbehaviour(.cellVoltage, cell: 5, value: 3.70))
        world.run(.seconds(3))
        let zero = try #require(world.limits(since: beat + .seconds(10)).first { $0.ccl == 0 })
        // 0.7 s until the old frame is confirmed, 0.7 s for its follower; the next beat would bring it 0.3 s later.
        #expect(zero.at - beat <= .milliseconds(11_450))
    }

    @Test func `S41: a controller in trouble is not opened anew, which would queue one more old frame each time`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.loop.perform {
            world.gatewayEnd.withLock { $0 }?.change(to: .errorPassive)
            world.wire.faults.fate = { $0.identifier == 0x351 ? .withheld : .delivered }
        }
        world.run(.seconds(30))
        #expect(world.events("can_tx_lost").count == 1)
        #expect(world.opened.withLock { $0 } == 1)
    }

    /// Seen red with a frame that counts as waiting although its queue was emptied.
    @Test func `S41: what an interface lost by going down neither waits nor calls for a new start`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.loop.perform { world.wire.faults.fate = { _ in .withheld } }
        world.run(.seconds(2))
        world.loop.perform {
            world.gatewayEnd.withLock { $0 }?.change(to: .down)
            world.wire.faults.fate = nil
        }
        world.run(.seconds(20))
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.restart() }
        let back = world.time
        world.run(.milliseconds(500))
        #expect(world.frames(0x351, since: back).count == 1)
        world.run(.seconds(5))
        #expect(world.opened.withLock { $0 } == 1)
    }

    /// Seen red with a ramp that begins when the bus is opened.
    @Test func `S5: a bus that takes no frame for a while hears a tenth first, too`() throws {
        let world = World()
        world.start()
        world.run(.milliseconds(100))
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.isCongested = true }
        world.run(.seconds(30))
        #expect(world.limits().isEmpty)
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.isCongested = false }
        world.run(.seconds(30))
        #expect(try #require(world.limits().first).ccl == 10)
        #expect(world.limits().last?.ccl == 100)
    }

    @Test func `S42: bus-off is a state, and after it a full fresh set leaves at once`() throws {
        let world = World()
        world.start()
        // Away from the moment at which the slow frames would leave anyway.
        world.run(.seconds(33))
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.change(to: .busOff) }
        world.run(.seconds(3))
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.restart() }
        let back = world.time
        world.run(.milliseconds(600))
        #expect(try #require(world.frames(0x351, since: back).first).at - back <= .milliseconds(50))
        #expect(!world.frames(0x35E, since: back).isEmpty, "the slow ones too")
        #expect(!world.events("can_state").isEmpty)
    }

    /// Seen red with a picture that is made anew with the next decision only: up to a second later.
    @Test func `S42: whoever is told of a change of the bus finds it in the picture`() {
        let world = World()
        world.start()
        world.run(.seconds(10))
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.change(to: .busOff) }
        world.run(.milliseconds(1))
        #expect(world.bus(at: "can_state")?.state == .busOff)
        world.run(.seconds(5))
        #expect(world.bus(at: "can_tx_lost")?.isTransmitLost == true)
        world.openFails.withLock { $0 = true }
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.unplug() }
        world.run(.milliseconds(1))
        #expect(world.bus(at: "can_closed")?.link == .opening && world.bus(at: "can_closed")?.problem != nil)
    }

    @Test func `S42: a lost confirmation is told after 3 s and mended after 10 s by opening the bus anew`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.loop.perform { world.wire.faults.fate = { $0.identifier == 0x351 ? .withheld : .delivered } }
        world.run(.seconds(2))
        world.loop.perform { world.wire.faults.fate = nil }
        let lost = world.time
        world.run(.seconds(5))
        #expect(world.events("can_tx_lost").count == 1)
        world.run(.seconds(15))
        #expect(world.opened.withLock { $0 } == 2)
        #expect(world.frames(0x351, since: lost + .seconds(12)).count >= 5)
    }

    @Test(
        "S42: a bus that takes no frame is told after 3 s as one that keeps it, and told over once frames leave",
        arguments: [true, false])
    func refusing(isCongested: Bool) {
        let world = World()
        world.start()
        world.run(.seconds(30))
        func end(_ body: @escaping @Sendable (MemoryBusEnd) -> Void) {
            world.loop.perform { if let end = world.gatewayEnd.withLock({ $0 }) { body(end) } }
        }
        // A full queue, or an interface that is down.
        end { if isCongested { $0.isCongested = true } else { $0.change(to: .down) } }
        world.run(.seconds(5))
        #expect(world.events("can_tx_lost").count == 1)
        end { if isCongested { $0.isCongested = false } else { $0.restart() } }
        world.run(.seconds(2))
        #expect(world.events("can_tx_lost_cleared").count == 1)
        #expect(world.opened.withLock { $0 } == 1)
    }

    @Test func `S42: an adapter that is unplugged is opened again, for ever`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.openFails.withLock { $0 = true }
        world.loop.perform { world.gatewayEnd.withLock { $0 }?.unplug() }
        world.run(.seconds(60))
        #expect(world.opened.withLock { $0 } == 1)
        world.openFails.withLock { $0 = false }
        let back = world.time
        world.run(.seconds(7))
        #expect(world.opened.withLock { $0 } == 2)
        #expect(!world.frames(0x351, since: back).isEmpty)
        #expect(world.events("can_closed").count <= 2)
    }

    @Test func `S43: without a GX frames go on; warning at 10 s, alarm at 600 s`() {
        let world = World(hasGX: false)
        world.start()
        world.run(.seconds(700))
        #expect(world.events("keepalive").count == 2)
        #expect(world.frames(0x351, since: .seconds(690)).count >= 9)
        #expect(world.record.withLock { $0.allSatisfy { $0.id != 0x305 && $0.id != 0x307 } })
    }

    @Test func `S43: with stop the gateway leaves the bus, tries one set every retry, and returns with the GX`() {
        let world = World(
            hasGX: false, keepalive: .init(timeout: .seconds(20), stopsOnTimeout: true, retry: .seconds(30)))
        world.start()
        world.run(.seconds(110))
        #expect(world.frames(0x351, since: .seconds(22)).filter { $0.at < .seconds(49) }.isEmpty)
        #expect(world.frames(0x351, since: .seconds(49)).filter { $0.at < .seconds(80) }.count == 1)
        let back = world.time
        let keepalive = CANFrame(0x305, [UInt8](repeating: 0, count: 8))
        for second in 0..<90 {
            world.loop.schedule(at: world.loop.now + .seconds(second)) {
                if let keepalive { world.wire.inject(keepalive) }
            }
        }
        world.run(.seconds(60))
        #expect(world.frames(0x351, since: back + .seconds(40)).count >= 15)
    }

    /// Seen red with a bus that is left whatever the controller holds.
    @Test func `S41: silence for want of a GX leaves no frame behind to which a probe adds another`() {
        let world = World(keepalive: .init(timeout: .seconds(20), stopsOnTimeout: true, retry: .seconds(10)))
        world.start()
        world.run(.seconds(30))
        world.loop.perform {
            world.gatewayEnd.withLock { $0 }?.change(to: .errorPassive)
            world.wire.faults.fate = { _ in .withheld }
        }
        let out = world.time
        world.run(.seconds(90))
        #expect(world.opened.withLock { $0 } == 1)
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(8))
        world.loop.perform {
            world.wire.faults.fate = nil
            world.gatewayEnd.withLock { $0 }?.change(to: .errorActive)
            world.wire.release()
        }
        world.run(.milliseconds(100))
        // The one that waited, and at once what holds now.
        let limits = world.limits(since: out)
        #expect(limits.count == 2)
        #expect(limits.last?.ccl == 0)
        world.pack.endFault(Misbehaviour(.silence))
        world.run(.seconds(30))
        #expect(world.frames(0x351, since: out).count >= 25)
    }

    @Test func `S44: a second battery on the bus forbids charging until a minute after its last frame`() throws {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let foreign = CANFrame(0x351, [0x28, 0x02, 0xE8, 0x03, 0xE8, 0x03, 0, 0])
        for second in 0..<4 {
            world.loop.schedule(at: world.loop.now + .seconds(second)) {
                if let foreign { world.wire.inject(foreign) }
            }
        }
        let began = world.time
        world.run(.seconds(10))
        // The injected frames are recorded too; ours are the ones with another charge voltage.
        let ours = world.limits(since: began + .seconds(4)).filter { $0.cvl != 55.2 || $0.ccl != 100 }
        #expect(ours.allSatisfy { $0.ccl == 0 && $0.dcl == 150 })
        #expect(!ours.isEmpty)
        #expect(world.events("duplicate_bms").count == 1)
        world.run(.seconds(90))
        #expect(world.limits().last?.ccl == 100)
    }

    @Test func `S90: of readings that contradict themselves the first is told, and the return with their number`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.packVoltageOffset, value: 5))
        world.run(.seconds(20))
        #expect(world.events("reading_refused").count == 1)
        world.pack.endFault(Misbehaviour(.packVoltageOffset, value: 5))
        world.run(.seconds(5))
        #expect(world.events("readings_valid").count == 1)
    }

    @Test func `S90: a BMS that answers now and then is one line, not one an answer`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let before = world.events("bms_link").count
        for _ in 0..<20 {
            world.pack.beginFault(Misbehaviour(.silence))
            world.run(.seconds(1))
            world.pack.endFault(Misbehaviour(.silence))
            world.run(.seconds(1))
        }
        #expect(world.events("bms_link").count - before <= 2)
    }

    @Test func `S5: a bus that opens late hears a tenth first, however long the pack has been live`() throws {
        let world = World()
        world.openFails.withLock { $0 = true }
        world.start()
        world.run(.seconds(60))
        #expect(world.limits().isEmpty)
        world.openFails.withLock { $0 = false }
        world.run(.seconds(10))
        let first = try #require(world.limits().first)
        #expect(first.ccl == 10)
        #expect(first.dcl == 150)
    }

    @Test func `S56: stopping sends nothing more`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let count = world.record.withLock { $0.count }
        world.stop()
        world.run(.seconds(10))
        #expect(world.record.withLock { $0.count } == count)
    }

    @Test(
        "S20, S31: a wild wire never makes a limit or a value that the pack did not have",
        arguments: ["noise-10", "wild-wire"])
    func wild(scenario: String) {
        let world = World(scenario, seed: 7)
        world.start()
        world.run(.seconds(600))
        for limit in world.limits() {
            #expect(limit.ccl <= 100 && limit.dcl <= 150 && limit.cvl <= 55.2 && limit.cvl >= 53.6)
        }
        for frame in world.frames(0x356) {
            let volts = Double(Int16(bitPattern: UInt16(frame.data[0]) | UInt16(frame.data[1]) << 8)) / 100
            #expect((52.0...56.0).contains(volts))
        }
        #expect(world.frames(0x351).count > 400, "and most of the time it works")
    }

    @Test func `the same seed gives the same frames, byte for byte`() {
        func day() -> [World.Sent] {
            let world = World("wild-wire", seed: 3)
            world.start()
            world.run(.seconds(300))
            return world.record.withLock { $0 }
        }
        let first = day()
        #expect(first == day())
        #expect(!first.isEmpty)
    }
}
