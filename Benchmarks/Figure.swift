package import JSONText

/// One measured figure beside its limit.
package struct Figure: Sendable, Hashable {
    /// What the figure is held against: a physical limit, or a peer measured in the same run. In the figure's unit.
    package struct Limit: Sendable, Hashable {
        /// What it is, in a few words.
        package var name: String
        package var value: Double

        package init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// What the figure has to reach.
    package enum Bar: Sendable, Hashable {
        /// In the figure's unit.
        case atMost(Double)
        /// In the figure's unit.
        case atLeast(Double)
        /// Of the limit.
        case ratioAtMost(Double)
        /// Of the limit.
        case ratioAtLeast(Double)
    }

    /// Name of the benchmark, then what of it: `latency p50`.
    package var name: String
    package var value: Double
    package var unit: String
    package var limit: Limit?
    package var bar: Bar?
    /// Values that the figure stands on.
    package var count: Int
    /// How it was measured, and what a reader must know to read it right.
    package var note: String
    /// Load average over the last minute when the figure was done.
    package var load: Double

    package init(
        _ name: String, _ value: Double, _ unit: String, limit: Limit? = nil, bar: Bar? = nil, count: Int = 1,
        note: String = "", load: Double = Machine.load
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.limit = limit
        self.bar = bar
        self.count = count
        self.note = note
        self.load = load
    }

    /// Value over limit; nil without a limit, or with one of 0.
    package var ratio: Double? {
        guard let limit, limit.value != 0 else { return nil }
        return value / limit.value
    }

    /// Whether the bar is met; nil without a bar. A figure that is not a number meets none, nor does a ratio to nothing.
    package var isMet: Bool? {
        switch bar {
        case .atMost(let most): value <= most
        case .atLeast(let least): value >= least
        case .ratioAtMost(let most): ratio.map { $0 <= most } ?? false
        case .ratioAtLeast(let least): ratio.map { $0 >= least } ?? false
        case nil: nil
        }
    }

    /// As one JSON object.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)), .init("value", .number(value)), .init("unit", .string(unit)),
            .init("limit", limit.map { ["name": .string($0.name), "value": .number($0.value)] } ?? .null),
            .init("ratio", .init(ratio)),
        ]
        members.append(.init("bar", bar.map { .string($0.text(unit: unit)) } ?? .null))
        members.append(.init("met", .init(isMet)))
        members.append(.init("count", .integer(count)))
        members.append(.init("load", .number(load)))
        if !note.isEmpty { members.append(.init("note", .string(note))) }
        return .object(members)
    }
}

extension Figure.Bar {
    /// As people read it: `≤ 1 ms`, `≤ 3 ×`.
    package func text(unit: String) -> String {
        switch self {
        case .atMost(let value): "≤ \(FigureTable.short(value)) \(unit)"
        case .atLeast(let value): "≥ \(FigureTable.short(value)) \(unit)"
        case .ratioAtMost(let value): "≤ \(FigureTable.short(value)) ×"
        case .ratioAtLeast(let value): "≥ \(FigureTable.short(value)) ×"
        }
    }
}
