private typealias Key = ScenarioFields.Key

/// Times in a scenario: up to about ten years.
private let times: ClosedRange<Double> = 0...315_360_000

extension ScheduledFault: Codable {
    /// Reads the object.
    package init(from decoder: any Decoder) throws {
        let quantities = Set(Misbehaviour.Kind.allCases.compactMap { $0.quantity?.name }).sorted()
        let fields = try ScenarioFields(
            decoder, known: ["at_s", "for_s", "pack", "fault", "cell", "sensor", "probability"] + quantities)
        let word = try fields.required("fault", try fields.text("fault"))
        guard let kind = Misbehaviour.Kind(rawValue: word) else {
            let known = Misbehaviour.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error("fault", "is \"\(word)\" but must be one of \(known)")
        }
        for name in quantities where fields.has(name) && name != kind.quantity?.name {
            throw fields.error(name, "does not belong to the fault \(word)")
        }
        var misbehaviour = Misbehaviour(kind)
        if kind.needsCell { misbehaviour.cell = try fields.required("cell", try fields.integer("cell", in: 1...24)) }
        if kind.needsSensor { misbehaviour.sensor = try fields.integer("sensor", in: 0...2) ?? 1 }
        if let quantity = kind.quantity {
            misbehaviour.value = try fields.required(
                quantity.name, try fields.number(quantity.name, in: quantity.range))
        }
        misbehaviour.probability = try fields.number("probability", in: 0...1) ?? 1
        self.init(
            at: try fields.required("at_s", try fields.number("at_s", in: times)),
            for: try fields.number("for_s", in: times), pack: try fields.integer("pack", in: 1...16) ?? 1, misbehaviour)
    }

    /// Writes the object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(at, forKey: Key("at_s"))
        try container.encodeIfPresent(duration, forKey: Key("for_s"))
        if pack != 1 { try container.encode(pack, forKey: Key("pack")) }
        try container.encode(misbehaviour.kind.rawValue, forKey: Key("fault"))
        if misbehaviour.kind.needsCell { try container.encode(misbehaviour.cell, forKey: Key("cell")) }
        if misbehaviour.kind.needsSensor { try container.encode(misbehaviour.sensor, forKey: Key("sensor")) }
        if let quantity = misbehaviour.kind.quantity {
            try container.encode(misbehaviour.value, forKey: Key(quantity.name))
        }
        if misbehaviour.kind.hasProbability {
            try container.encode(misbehaviour.probability, forKey: Key("probability"))
        }
    }
}

extension ScheduledWorldFault: Codable {
    /// Reads the object.
    package init(from decoder: any Decoder) throws {
        let quantities = Set(WorldMisbehaviour.Kind.allCases.compactMap { $0.quantity?.name }).sorted()
        let fields = try ScenarioFields(decoder, known: ["at_s", "for_s", "fault", "child"] + quantities)
        let word = try fields.required("fault", try fields.text("fault"))
        guard let kind = WorldMisbehaviour.Kind(rawValue: word) else {
            let known = WorldMisbehaviour.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error("fault", "is \"\(word)\" but must be one of \(known)")
        }
        for name in quantities where fields.has(name) && name != kind.quantity?.name {
            throw fields.error(name, "does not belong to the fault \(word)")
        }
        guard kind.lasts || !fields.has("for_s") else {
            throw fields.error("for_s", "does not belong to the fault \(word), which happens once")
        }
        var misbehaviour = WorldMisbehaviour(kind)
        if kind.needsChild { misbehaviour.child = try fields.required("child", try fields.text("child")) }
        if let quantity = kind.quantity {
            misbehaviour.value = try fields.required(
                quantity.name, try fields.number(quantity.name, in: quantity.range))
        }
        self.init(
            at: try fields.required("at_s", try fields.number("at_s", in: times)),
            for: try fields.number("for_s", in: times), misbehaviour)
    }

    /// Writes the object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(at, forKey: Key("at_s"))
        try container.encodeIfPresent(duration, forKey: Key("for_s"))
        try container.encode(misbehaviour.kind.rawValue, forKey: Key("fault"))
        if misbehaviour.kind.needsChild { try container.encode(misbehaviour.child, forKey: Key("child")) }
        if let quantity = misbehaviour.kind.quantity {
            try container.encode(misbehaviour.value, forKey: Key(quantity.name))
        }
    }
}
