import Simulator

/// Everything that a world begins with: a pure value, the same for the same seed.
package struct WorldSetup: Sendable, Hashable, CustomStringConvertible {
    package var seed: UInt64
    /// Length of the simulation, s.
    package var seconds: Double
    package var installation: Installation
    package var plan: FaultPlan
    /// When the user has entered everything, s.
    package var commissionedAt = 5.0
    /// When the GX is switched on, s.
    package var gxAt = 1.0
    /// Sun and loads.
    var power: [Household.Step]

    /// A world of known parts, with a sun that shines and sets every ten minutes.
    package init(seed: UInt64, seconds: Double, installation: Installation, plan: FaultPlan = FaultPlan()) {
        self.seed = seed
        self.seconds = seconds
        self.installation = installation
        self.plan = plan
        let capacity = installation.packs.reduce(0) { $0 + $1.parameters.capacity }
        power = stride(from: 0, to: seconds, by: 600).enumerated().map { index, at in
            Household.Step(at: at, watts: (index.isMultiple(of: 2) ? 12 : -8) * capacity)
        }
    }

    /// Draws a world.
    ///
    /// - Parameters:
    ///   - seed: makes the same world on every machine.
    ///   - seconds: length of the simulation.
    ///   - packs: how many; nil lets the seed decide, 1...3.
    ///   - family: make of all of them; nil lets the seed decide.
    /// - Returns: the world.
    package static func drawn(
        seed: UInt64, seconds: Double, packs: Int? = nil, family: String? = nil
    ) -> WorldSetup {
        var random = SeededRandom(seed: seed)
        var (shape, faults, sky, makes) = (random.fork(), random.fork(), random.fork(), random.fork())
        let drawn = 1 + [0, 0, 0, 1, 1, 2][shape.index(below: 6)]
        let installation = Self.of(Self.installation(packs: packs ?? drawn, &shape), family, &makes)
        var setup = WorldSetup(seed: seed, seconds: seconds, installation: installation)
        setup.commissionedAt = (shape.unit() * 20_000).rounded() / 1000
        setup.gxAt = (shape.unit() * 10_000).rounded() / 1000
        setup.plan = FaultPlan.drawn(&faults, seconds: seconds, installation: installation)
        setup.power = power(seconds: seconds, installation, &sky)
        return setup
    }

    /// The packs and the plan, for people.
    package var description: String {
        let packs = installation.packs.enumerated().map { index, pack in
            "pack \(index + 1): \(pack.family), \(pack.parameters.cells) cells \(pack.parameters.chemistry.rawValue), "
                + "\(pack.parameters.capacity) Ah at \(pack.parameters.stateOfCharge) %, "
                + "\(pack.parameters.temperature) °C, \(pack.parameters.temperatureSensors) sensors, "
                + "charge \(pack.maximumCharge) A, discharge \(pack.maximumDischarge) A, "
                + "polled every \(pack.pollInterval) ms"
        }
        return
            (["seed \(seed), commissioned at \(commissionedAt) s, GX at \(gxAt) s"] + packs
            + plan.faults.map(\.description)).joined(separator: "\n")
    }

    // MARK: - Private

    private static func installation(packs: Int, _ random: inout SeededRandom) -> Installation {
        let chemistry: CellChemistry = [.lfp, .lfp, .lfp, .lfp, .lfp, .lfp, .lfp, .nmc, .nmc, .lto][
            random.index(below: 10)]
        let counts =
            switch chemistry {
            case .lfp: [4, 8, 15, 16, 16, 16]
            case .nmc: [7, 13, 14]
            case .lto: [6, 12, 16]
            }
        let cells = counts[random.index(below: counts.count)]
        var installation = Installation(packs: [])
        for _ in 0..<packs {
            var parameters = PackParameters()
            parameters.chemistry = chemistry
            parameters.cells = cells
            parameters.capacity = (20 + random.unit() * 480).rounded()
            // One in five begins at an end of its charge, where limits move.
            let place = random.index(below: 10)
            parameters.stateOfCharge =
                (place == 0 ? 96 + random.unit() * 4 : place == 1 ? 2 + random.unit() * 8 : 10 + random.unit() * 85)
                .rounded()
            parameters.temperature = (-5 + random.unit() * 45).rounded()
            parameters.temperatureSensors = [0, 1, 2, 2][random.index(below: 4)]
            let rate = 0.2 + random.unit() * 0.8
            installation.packs.append(
                Installation.Pack(
                    parameters, maximumCharge: (parameters.capacity * rate * 0.7).rounded(),
                    maximumDischarge: (parameters.capacity * rate).rounded()))
        }
        if random.happens(0.3) {
            for index in installation.packs.indices {
                installation.packs[index].pollInterval = 100 + 100 * random.index(below: 10)
            }
        }
        if random.happens(0.2) {
            installation.stop = 60
            installation.silent = 120
        }
        return installation
    }

    /// The same with BMSs of any make: half of the households have nothing but TinyBMS.
    private static func of(
        _ installation: Installation, _ family: String?, _ random: inout SeededRandom
    ) -> Installation {
        guard family != nil || random.happens(0.5) else { return installation }
        var packs = installation.packs
        for index in packs.indices {
            let families = SimulatedFamily.names
            packs[index].family = family ?? families[random.index(below: families.count)]
            packs[index].parameters.temperatureSensors = max(
                Make.of(packs[index].family).leastSensors, packs[index].parameters.temperatureSensors)
        }
        var mixed = Installation(packs: packs)
        (mixed.stop, mixed.silent) = (installation.stop, installation.silent)
        return mixed
    }

    private static func power(
        seconds: Double, _ installation: Installation, _ random: inout SeededRandom
    ) -> [Household.Step] {
        let most = installation.packs.reduce(0) { $0 + $1.maximumCharge * 3.3 * Double($1.parameters.cells) }
        var steps: [Household.Step] = []
        var at = 0.0
        while at < seconds {
            steps.append(Household.Step(at: at, watts: (random.unit() * 3 - 1.5) * most))
            at += 5 + random.unit() * random.unit() * 600
        }
        return steps
    }
}
