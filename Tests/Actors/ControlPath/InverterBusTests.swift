import Battery
import InverterProtocols
import Links
import Simulator
import Synchronization
import Testing

@testable import Actors

@Suite("A bus that is late, full, lost, silent or shared, on virtual time")
struct InverterBusTests {
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
}
