import Simulator
import Testing

@testable import SimulatedWorld

@Suite struct FaultPlanTests {
    private func plan(_ seed: UInt64) -> FaultPlan { WorldSetup.drawn(seed: seed, seconds: 3600).plan }

    @Test func `one seed is one plan, and it reads as a list of times and faults`() {
        #expect(plan(3) == plan(3))
        #expect(plan(3) != plan(4))
        #expect(plan(3).description == plan(3).faults.map(\.description).joined(separator: "\n"))
    }

    @Test func `every hour has at least three minutes in which nothing acts`() {
        for seed in 1...100 as ClosedRange<UInt64> {
            var calmSince = 0.0
            var longest = 0.0
            for planned in plan(seed).faults {
                longest = max(longest, planned.at - calmSince)
                calmSince = max(calmSince, planned.at + planned.duration)
            }
            longest = max(longest, 3600 - calmSince)
            #expect(longest >= 180, "seed \(seed): \(longest) s")
        }
    }

    @Test func `a hundred seeds hold every kind of fault, and combinations`() {
        var kinds: Set<String> = []
        var overlaps = 0
        for seed in 1...100 as ClosedRange<UInt64> {
            let faults = plan(seed).faults
            for planned in faults { kinds.insert(Self.kind(planned.fault)) }
            for (one, other) in zip(faults, faults.dropFirst()) where other.at < one.at + one.duration { overlaps += 1 }
        }
        let wire: [Misbehaviour.Kind] = [
            .silence, .noise, .damagedAnswers, .wrongChecksum, .truncatedAnswers, .gluedAnswers, .lateAnswers,
            .duplicatedAnswers, .absurdValues, .unplugged, .frozenReadings, .frozenCounter, .cellSpikes, .cellStuck,
            .temperature, .temperatureLost, .currentOffset,
        ]
        let wanted =
            Set(wire.map(\.rawValue)).union(WorldFault.BusTrouble.allCases.map(\.rawValue)).union([
                "late", "gx", "foreign", "slow", "full", "failing", "crash", "hang", "kill", "wall", "settings",
                "invalid",
            ])
        #expect(kinds.isSuperset(of: wanted), "missing: \(wanted.subtracting(kinds).sorted())")
        #expect(overlaps > 50)
    }

    @Test func `a hundred seeds hold every make, mixed households, and what no other make can do for TinyBMS alone`() {
        let worlds = (1...100 as ClosedRange<UInt64>).map { WorldSetup.drawn(seed: $0, seconds: 3600) }
        let households = worlds.map { $0.installation.packs.map(\.family) }
        #expect(Set(households.flatMap(\.self)) == Set(SimulatedFamily.names))
        #expect(households.contains { Set($0).count > 1 })
        #expect((40...75).contains(households.count { Set($0) == ["tinybms"] }))
        for world in worlds {
            for case .pack(let number, let misbehaviour) in world.plan.faults.map(\.fault)
            where misbehaviour.kind == .frozenCounter {
                #expect(Make.of(world.installation.packs[number - 1].family).hasCounter)
            }
            let hasDaly = world.installation.packs.contains { $0.family == "daly" }
            #expect(world.installation.hold == (hasDaly ? 4 : 2))
        }
        let named = WorldSetup.drawn(seed: 3, seconds: 3600, packs: 2, family: "jbd").installation
        #expect(named.packs.map(\.family) == ["jbd", "jbd"])
        #expect(named.packs.allSatisfy { $0.parameters.temperatureSensors > 0 })
    }

    @Test func `without the wall clock's steps all else stays as it was`() {
        let seeds = (1...50 as ClosedRange<UInt64>).filter { plan($0).setsWallClock }
        #expect(seeds.count > 10)
        for seed in seeds {
            #expect(!plan(seed).withoutWallClock.setsWallClock)
            #expect(plan(seed).faults.filter { Self.kind($0.fault) != "wall" } == plan(seed).withoutWallClock.faults)
        }
    }

    private static func kind(_ fault: WorldFault) -> String {
        switch fault {
        case .pack(_, let misbehaviour): misbehaviour.kind.rawValue
        case .bus(let trouble): trouble.rawValue
        case .lateFrames: "late"
        case .gxGone: "gx"
        case .foreignLimits: "foreign"
        case .slowDisk: "slow"
        case .fullDisk: "full"
        case .failingDisk: "failing"
        case .crash: "crash"
        case .hang: "hang"
        case .kill: "kill"
        case .wallClock: "wall"
        case .settings: "settings"
        case .invalidSettings: "invalid"
        }
    }
}
