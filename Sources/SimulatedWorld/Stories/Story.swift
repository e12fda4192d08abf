package import Simulator

/// A scenario as a world: its packs, its profile as sun and loads, its faults, and a while after the last of them.
package struct Story: Sendable, Hashable {
    package let scenario: Scenario
    /// The make of every pack in it, as in `pack.N.family`.
    package let family: String
    /// When the first thing goes wrong, s since the world began; nil in a scenario in which nothing does.
    package let began: Double?
    /// When everything is right again, s; nil where something stays wrong.
    package let ended: Double?
    /// Length of the world, s.
    package let seconds: Double

    /// Time that is looked at after the last change, s.
    private static let aftermath = 180.0

    /// Tells a scenario with packs of a family.
    package init(_ scenario: Scenario, family: String = Make.readByChecker) {
        self.scenario = scenario
        self.family = family
        let begins = scenario.faults.map(\.at) + scenario.world.map(\.at)
        let ends =
            scenario.faults.map {
                $0.duration.map { [at = $0.at] in at + $0 } ?? ($0.misbehaviour.kind.isInstant ? $0.at : nil)
            }
            + scenario.world.map { fault in
                fault.misbehaviour.kind.lasts ? fault.duration.map { fault.at + $0 } : fault.at
            }
        began = begins.min()
        ended = ends.contains(nil) ? nil : ends.compactMap(\.self).max()
        seconds = (ends.compactMap(\.self) + begins + [0]).reduce(0, max) + Self.aftermath
    }

    /// What the world is made from.
    package var setup: WorldSetup {
        var setup = calm(seconds: seconds)
        setup.plan = FaultPlan(scenario.faults.map(Self.planned) + scenario.world.map(Self.planned))
        return setup
    }

    /// The same world, in which nothing goes wrong.
    package func calm(seconds: Double) -> WorldSetup {
        let parameters = scenario.pack
        let pack = Installation.Pack(
            parameters, family: family, maximumCharge: min(100, parameters.capacity),
            maximumDischarge: min(150, parameters.capacity))
        var setup = WorldSetup(
            seed: 1, seconds: seconds,
            installation: Installation(packs: Array(repeating: pack, count: scenario.packs)))
        let volts =
            RestVoltageCurve(parameters.chemistry).volts(at: parameters.stateOfCharge / 100) * Double(parameters.cells)
        setup.power = Self.steps(of: scenario.profile, until: seconds).map {
            Household.Step(at: $0.at, watts: $0.amperes * volts * Double(scenario.packs))
        }
        return setup
    }

    /// The failures of the field that begin in a BMS or at its cable, told with every family.
    package static var acrossFamilies: [Story] {
        acrossFamiliesNames.compactMap { Scenario.named($0) }
            .flatMap { scenario in SimulatedFamily.names.map { Story(scenario, family: $0) } }
    }

    /// What a family makes of the story that another does not, for people; nil where there is nothing to say.
    package var remark: String? {
        switch scenario.name {
        case "story-06-absent-probe": Make.of(family).probes
        case "story-11-identity-swap" where !Make.of(family).hasSerial:
            "It tells no serial number: nothing but its port names it."
        default: nil
        }
    }

    // MARK: - Private

    private static let acrossFamiliesNames = [
        "story-03-sleep-lock-out", "story-05-soc-drift", "story-06-absent-probe", "story-07-spikes-and-zeros",
        "story-10-pack-lost", "story-11-identity-swap",
    ]

    private static func planned(_ fault: ScheduledFault) -> PlannedFault {
        PlannedFault(at: fault.at, for: fault.duration ?? 1e9, .pack(fault.pack, fault.misbehaviour))
    }

    private static func planned(_ fault: ScheduledWorldFault) -> PlannedFault {
        let value = fault.misbehaviour.value
        let planned: WorldFault =
            switch fault.misbehaviour.kind {
            case .busCongested: .bus(.congested)
            case .busCableOut: .bus(.cableOut)
            case .busOff: .bus(.busOff)
            case .busDown: .bus(.down)
            case .busUnplugged: .bus(.unplugged)
            case .busLate: .lateFrames(value)
            case .gxGone: .gxGone
            case .secondSender: .foreignLimits(current: value, every: 1)
            case .diskSlow: .slowDisk(value)
            case .diskFull: .fullDisk
            case .diskFailing: .failingDisk
            case .crash: .crash(child: fault.misbehaviour.child)
            case .hang: .hang(child: fault.misbehaviour.child)
            case .kill: .kill
            case .clockStep: .wallClock(Int64(exactly: value.rounded()) ?? 0)
            }
        return PlannedFault(at: fault.at, for: planned.lasts ? fault.duration ?? 1e9 : 0, planned)
    }

    /// The profile in steps; a ramp becomes one every ten seconds.
    private static func steps(of profile: LoadProfile, until seconds: Double) -> [(at: Double, amperes: Double)] {
        var steps: [(at: Double, amperes: Double)] = []
        var round = 0.0
        repeat {
            for (index, point) in profile.points.enumerated() {
                steps.append((round + point.at, amperes(point)))
                guard index + 1 < profile.points.count, profile.points[index + 1].ramps else { continue }
                let next = profile.points[index + 1]
                for at in stride(from: point.at + 10, to: next.at, by: 10) {
                    let part = (at - point.at) / (next.at - point.at)
                    steps.append((round + at, amperes(point) + (amperes(next) - amperes(point)) * part))
                }
            }
            round += profile.period ?? seconds
        } while round < seconds
        return steps
    }

    private static func amperes(_ point: LoadProfile.Point) -> Double {
        switch point.demand {
        case .current(let amperes): amperes
        // Stories are told in amperes; at about 50 V a power is near enough.
        case .power(let watts): watts / 50
        }
    }
}
