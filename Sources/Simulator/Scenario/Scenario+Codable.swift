private typealias Key = ScenarioFields.Key

/// Times in a scenario: up to about ten years.
private let times: ClosedRange<Double> = 0...315_360_000

extension Scenario: Codable {
    /// Reads the object; see `load(text:)` for the errors.
    package init(from decoder: any Decoder) throws {
        let fields = try ScenarioFields(
            decoder,
            known: [
                "name", "title", "description", "shows", "expectation", "packs", "pack", "profile", "repeat_s",
                "charge_cell_v", "faults", "world",
            ])
        let points = try fields.value("profile", [LoadProfile.Point].self) ?? []
        self.init(
            name: try fields.required("name", try fields.text("name")),
            title: try fields.text("title") ?? "", description: try fields.text("description") ?? "",
            pack: try fields.value("pack") ?? PackParameters(),
            profile: LoadProfile(
                points, period: try fields.number("repeat_s", in: 1...times.upperBound),
                chargeCellVoltage: try fields.number("charge_cell_v", in: 0.5...5)),
            faults: try fields.value("faults") ?? [])
        packs = try fields.integer("packs", in: 1...16) ?? 1
        world = try fields.value("world") ?? []
        shows = try fields.value("shows") ?? []
        expectation = try fields.text("expectation") ?? ""
        for (earlier, later) in zip(points, points.dropFirst()) where later.at < earlier.at {
            throw fields.error("profile", "must be in the order of at_s")
        }
        for (index, fault) in faults.enumerated() {
            if fault.misbehaviour.cell > pack.cells {
                throw fields.error(
                    "faults[\(index)].cell", "is \(fault.misbehaviour.cell) but the pack has \(pack.cells) cells")
            }
            if fault.pack > packs {
                throw fields.error("faults[\(index)].pack", "is \(fault.pack) but packs is \(packs)")
            }
        }
    }

    /// Writes the object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: Key("name"))
        try container.encode(title, forKey: Key("title"))
        try container.encode(description, forKey: Key("description"))
        try container.encode(shows, forKey: Key("shows"))
        try container.encode(expectation, forKey: Key("expectation"))
        try container.encode(packs, forKey: Key("packs"))
        try container.encode(pack, forKey: Key("pack"))
        try container.encode(profile.points, forKey: Key("profile"))
        try container.encodeIfPresent(profile.period, forKey: Key("repeat_s"))
        try container.encodeIfPresent(profile.chargeCellVoltage, forKey: Key("charge_cell_v"))
        try container.encode(faults, forKey: Key("faults"))
        try container.encode(world, forKey: Key("world"))
    }
}

extension PackParameters: Codable {
    /// The numbers of the pack: name in JSON, where it is kept, what it may be.
    private static let numbers: [Number] = [
        Number("capacity_ah", \.capacity, 1...655), Number("soc_percent", \.stateOfCharge, 0...100),
        Number("temperature_c", \.temperature, -40...90),
        Number("capacity_spread_percent", \.capacitySpread, 0...20),
        Number("soc_spread_percent", \.chargeSpread, 0...20),
        Number("resistance_spread_percent", \.resistanceSpread, 0...25),
        Number("voltage_noise_v", \.voltageNoise, 0...0.1), Number("current_noise_a", \.currentNoise, 0...10),
        Number("self_discharge_percent", \.selfDischarge, 0...100),
        Number("charge_cutoff_a", \.chargeCutoff, 1...750), Number("discharge_cutoff_a", \.dischargeCutoff, 1...750),
    ]

    private struct Number: Sendable {
        let name: String
        let path: any (WritableKeyPath<PackParameters, Double> & Sendable)
        let range: ClosedRange<Double>

        init(
            _ name: String, _ path: any (WritableKeyPath<PackParameters, Double> & Sendable),
            _ range: ClosedRange<Double>
        ) {
            self.name = name
            self.path = path
            self.range = range
        }
    }

    /// Reads the object; what is not given is as in a healthy pack.
    package init(from decoder: any Decoder) throws {
        let fields = try ScenarioFields(
            decoder,
            known: ["chemistry", "cells", "reported_soc_percent", "temperature_sensors"] + Self.numbers.map(\.name))
        self.init()
        if let word = try fields.text("chemistry") {
            guard let chemistry = CellChemistry(rawValue: word) else {
                throw fields.error("chemistry", "is \"\(word)\" but must be lfp, nmc or lto")
            }
            self.chemistry = chemistry
        }
        cells = try fields.integer("cells", in: 4...24) ?? cells
        temperatureSensors = try fields.integer("temperature_sensors", in: 0...2) ?? temperatureSensors
        reportedStateOfCharge = try fields.number("reported_soc_percent", in: 0...100)
        for number in Self.numbers {
            if let value = try fields.number(number.name, in: number.range) { self[keyPath: number.path] = value }
        }
    }

    /// Writes the object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(chemistry.rawValue, forKey: Key("chemistry"))
        try container.encode(cells, forKey: Key("cells"))
        try container.encode(temperatureSensors, forKey: Key("temperature_sensors"))
        try container.encodeIfPresent(reportedStateOfCharge, forKey: Key("reported_soc_percent"))
        for number in Self.numbers { try container.encode(self[keyPath: number.path], forKey: Key(number.name)) }
    }
}

extension LoadProfile.Point: Codable {
    /// Reads the object.
    package init(from decoder: any Decoder) throws {
        let fields = try ScenarioFields(decoder, known: ["at_s", "current_a", "power_w", "ramp"])
        let current = try fields.number("current_a", in: -1000...1000)
        let power = try fields.number("power_w", in: -100_000...100_000)
        let at = try fields.required("at_s", try fields.number("at_s", in: times))
        let ramps = try fields.flag("ramp") ?? false
        switch (current, power) {
        case (let amperes?, nil): self.init(at: at, .current(amperes), ramps: ramps)
        case (nil, let watts?): self.init(at: at, .power(watts), ramps: ramps)
        default: throw fields.error("current_a", "or power_w must be given, and not both")
        }
    }

    /// Writes the object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(at, forKey: Key("at_s"))
        switch demand {
        case .current(let amperes): try container.encode(amperes, forKey: Key("current_a"))
        case .power(let watts): try container.encode(watts, forKey: Key("power_w"))
        }
        if ramps { try container.encode(true, forKey: Key("ramp")) }
    }
}
