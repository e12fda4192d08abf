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

    @Test func `S2: a charge is asked for while the data is live and calls for it, and never on old data`() throws {
        let world = World(current: 0, forceBelow: 20, change: { $0.pack.stateOfCharge = 15 })
        world.start()
        world.run(.seconds(30))
        #expect(world.frames(0x360).last?.data == [0xFF, 0, 0, 0, 0, 0, 0, 0])
        #expect(world.gx?.belief.immediateCharge == true)
        world.pack.beginFault(Misbehaviour(.silence))
        let silent = world.time
        world.run(.seconds(20))
        let after = world.frames(0x360).filter { $0.at > silent + .milliseconds(3100) }
        #expect(after.count > 10 && after.allSatisfy { $0.data.allSatisfy { $0 == 0 } }, "the request is taken back")
    }

    @Test func `without a level no request frame is ever sent`() {
        let world = World(current: 0, change: { $0.pack.stateOfCharge = 3 })
        world.start()
        world.run(.seconds(30))
        #expect(!world.frames(0x351).isEmpty && world.frames(0x360).isEmpty)
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

    /// Seen red with each change of the complaint told.
    @Test func `S90: complaints that come in turn are told once each until the BMS is well again`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let before = world.events("bms_link").count
        world.pack.beginFault(Misbehaviour(.truncatedAnswers, probability: 1))
        for _ in 0..<10 {
            world.run(.seconds(2))
            world.pack.beginFault(Misbehaviour(.silence))
            world.run(.seconds(2))
            world.pack.endFault(Misbehaviour(.silence))
        }
        #expect(world.events("bms_link").count - before == 2)
        world.pack.endFault(Misbehaviour(.truncatedAnswers, probability: 1))
        world.run(.seconds(10))
        #expect(world.events("bms_link").count - before == 3, "and that it is well")
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
