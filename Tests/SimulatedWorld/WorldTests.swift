import Links
import Proof
import Simulator
import Synchronization
import Testing

@testable import SimulatedWorld

/// Keeps what it sees.
private struct Diary: Onlooker {
    var entries: [(at: Int64, what: Happening)] = []

    mutating func saw(_ happening: Happening, at microseconds: Int64) { entries.append((microseconds, happening)) }

    /// Frames of the gateway on the wire, by id.
    func sent(_ id: UInt32) -> [(at: Int64, data: [UInt8])] {
        entries.compactMap { entry in
            guard case .frameSent(let frame) = entry.what, frame.id == id else { return nil }
            return (entry.at, frame.data)
        }
    }

    func count(_ isWanted: (Happening) -> Bool) -> Int { entries.count { isWanted($0.what) } }
}

/// The charge current of a 0x351, A.
private func chargeCurrent(_ data: [UInt8]) -> Double { Double(UInt16(data[2]) | UInt16(data[3]) << 8) / 10 }

private func setup(
    _ faults: [PlannedFault] = [], seconds: Double = 60, packs: Int = 1, seed: UInt64 = 1, family: String = "tinybms"
) -> WorldSetup {
    let pack = Installation.Pack(PackParameters(), family: family, maximumCharge: 100, maximumDischarge: 150)
    return WorldSetup(
        seed: seed, seconds: seconds, installation: Installation(packs: Array(repeating: pack, count: packs)),
        plan: FaultPlan(faults))
}

private func run(_ setup: WorldSetup) throws -> (diary: Diary, outcome: World.Outcome) {
    let outcome = try World(setup, onlooker: Diary()).run()
    return (try #require(outcome.onlooker as? Diary), outcome)
}

@Suite struct WorldTests {
    @Test func `S40, S64: the whole gateway sends 0x351 every second, and nothing before it is commissioned`() throws {
        let (diary, outcome) = try run(setup())
        let times = diary.sent(0x351).map(\.at)
        #expect(times.first ?? 0 > 5_000_000)
        #expect(times.count > 50)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= 1_100_000 })
        #expect(outcome.processes == 1)
        #expect(diary.count { if case .published(_, "live", _, true) = $0 { true } else { false } } > 3)
    }

    @Test(arguments: SimulatedFamily.names)
    func `S2: silence of the only pack ends charging in the world, too`(family: String) throws {
        let (diary, _) = try run(setup([.init(at: 30, for: 15, .pack(1, .init(.silence)))], family: family))
        let limits = diary.sent(0x351)
        #expect(limits.filter { $0.at > 36_200_000 && $0.at < 45_000_000 }.allSatisfy { chargeCurrent($0.data) == 0 })
        #expect(limits.contains { $0.at > 50_000_000 && chargeCurrent($0.data) > 0 })
    }

    @Test(arguments: ["kill", "crash", "hang"])
    func `a process that ends is followed by another, which sends again`(how: String) throws {
        let fault: WorldFault =
            switch how {
            case "kill": .kill
            case "crash": .crash(child: "bms.1")
            default: .hang(child: "inverter")
            }
        let (diary, outcome) = try run(setup([.init(at: 20, fault)]))
        #expect(outcome.processes == (how == "crash" ? 1 : 2))
        #expect(diary.sent(0x351).contains { $0.at > 40_000_000 && chargeCurrent($0.data) > 0 })
        // A killed process sends nothing more.
        for (index, entry) in diary.entries.enumerated() where entry.what == .processEnded {
            let rest = diary.entries[(index + 1)...].prefix { $0.what != .processBegan }
            #expect(!rest.contains { if case .frameTaken = $0.what { true } else { false } })
        }
    }

    @Test func `a disk that fails keeps the old settings, and the user gets the new ones in the end`() throws {
        var changed = setup().installation
        changed.packs[0].maximumCharge = 20
        let (diary, _) = try run(
            setup([.init(at: 20, for: 20, .failingDisk), .init(at: 22, .settings(changed))], seconds: 80))
        let confirmations = diary.entries.compactMap { entry -> (Int64, Double)? in
            guard case .confirmed(let site) = entry.what, let pack = site.packs.first else { return nil }
            return (entry.at, pack.maximumCharge)
        }
        #expect(confirmations.map(\.1) == [100, 20])
        #expect(confirmations.last.map { $0.0 > 40_000_000 } ?? false)
        #expect(diary.sent(0x351).contains { $0.at > 25_000_000 && $0.at < 40_000_000 })
        #expect(diary.sent(0x351).filter { $0.at > 75_000_000 }.allSatisfy { chargeCurrent($0.data) <= 20 })
    }

    /// Seen red with the publisher replaced before its pollers: it looked at slots that nobody filled any more.
    @Test(arguments: [1, 3])
    func `a change of the settings takes effect and sending goes on`(packs: Int) throws {
        var changed = setup(packs: packs).installation
        changed.packs[0].maximumCharge = 60
        changed.packs[packs - 1].pollInterval = 300
        let (diary, _) = try run(setup([.init(at: 20, .settings(changed))], seconds: 70, packs: packs))
        let late = diary.sent(0x351).filter { $0.at > 55_000_000 }
        #expect(late.count >= 14)
        #expect(late.allSatisfy { chargeCurrent($0.data) > 0 })
    }

    @Test func `what a controller holds leaves late, although the process that gave it is dead`() throws {
        let (diary, _) = try run(
            setup([.init(at: 20, for: 10, .bus(.cableOut)), .init(at: 25, .kill)], seconds: 40))
        let late = diary.sent(0x351).filter { $0.at >= 30_000_000 && $0.at < 30_010_000 }
        #expect(!late.isEmpty)
    }
}

@Suite struct DeterminismTests {
    @Test func `one seed is one world, byte for byte, in one thread and in two`() async throws {
        let setup = WorldSetup.drawn(seed: 7, seconds: 600)
        let first = try Examination(of: setup).fingerprint
        let all = Mutex<[Fingerprint]>([])
        let setups: [@Sendable () -> WorldSetup] = [{ setup }, { setup }]
        try await Campaign.run(setups, jobs: 2) { result in
            if case .success(let examination) = result { all.withLock { $0.append(examination.fingerprint) } }
        }
        #expect(all.withLock { $0 } == [first, first])
        #expect(try Examination(of: WorldSetup.drawn(seed: 8, seconds: 600)).fingerprint != first)
    }

    @Test func `S57: steps of the wall clock change no frame and no byte`() throws {
        var setup = setup(
            [
                .init(at: 15, .wallClock(315_576_000)), .init(at: 20, for: 5, .pack(1, .init(.silence))),
                .init(at: 30, .wallClock(-631_152_000)), .init(at: 35, .kill), .init(at: 40, .wallClock(3600)),
            ], seconds: 90)
        let stepped = try Examination(of: setup).fingerprint
        setup.plan = setup.plan.withoutWallClock
        #expect(try Examination(of: setup).fingerprint == stepped)
    }
}
