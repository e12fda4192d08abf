extension Scenario {
    /// A scenario drawn from a seed: a pack, sun and loads in turn, and one to four faults. The same seed gives the same.
    package static func drawn(seed: UInt64, _ draw: FaultDraw = FaultDraw()) -> Scenario {
        var random = SeededRandom(seed: seed)
        let pack = PackParameters.drawn(from: &random)
        let profile = LoadProfile.drawn(for: pack, from: &random)
        let faults = draw.faults(for: pack, from: &random)
        let list = faults.map { fault in
            "\(fault.misbehaviour) from \(fault.at) s" + (fault.duration.map { " for \($0) s" } ?? "")
        }
        return Scenario(
            name: "random-\(seed)", title: "Drawn at random from seed \(seed)",
            description: list.joined(separator: "; ") + ".", pack: pack, profile: profile, faults: faults)
    }
}

extension PackParameters {
    /// A pack drawn from a random source: 4 to 16 cells of a chemistry, somewhere between empty and full, cold and hot.
    package static func drawn(from random: inout SeededRandom) -> PackParameters {
        var pack = PackParameters()
        pack.chemistry = CellChemistry.allCases[random.index(below: CellChemistry.allCases.count)]
        pack.cells = 4 + random.index(below: 13)
        pack.capacity = random.logarithmic(20...600).rounded()
        pack.stateOfCharge = random.between(2...100).rounded()
        pack.temperature = random.between(-5...45).rounded()
        pack.temperatureSensors = random.index(below: 3)
        return pack
    }
}

extension LoadProfile {
    /// A course of currents drawn from a random source: a new one every half to five minutes, to half the pack's
    /// capacity in an hour and to its BMS's cut-offs at most, half of them reached evenly.
    package static func drawn(for pack: PackParameters, from random: inout SeededRandom) -> LoadProfile {
        let charge = min(pack.capacity / 2, pack.chargeCutoff * 0.9)
        let discharge = min(pack.capacity / 2, pack.dischargeCutoff * 0.9)
        var points = [Point(at: 0, .current(0))]
        var at = 0.0
        for _ in 0..<6 {
            at += random.between(30...300).rounded()
            let amperes = random.between(-discharge...charge)
            points.append(Point(at: at, .current(amperes.rounded()), ramps: random.happens(0.5)))
        }
        return LoadProfile(points, period: at + 60, chargeCellVoltage: pack.chemistry.fullCell)
    }
}
