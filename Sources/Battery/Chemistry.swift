/// Cell chemistry, with the voltages and temperatures that are safe for it.
///
/// Source of every number: charge-control.md d.4 (presets), d.2 where d.4 is silent, safety.md 1 (rest voltage).
package enum Chemistry: String, Sendable, Hashable, CaseIterable {
    case lfp
    case nmc
    case lto

    /// Cell voltage that must never be reached, V.
    package var maximumCell: Double { pick(3.65, 4.20, 2.80) }
    /// Cell voltage of a full charge, V.
    package var absorptionCell: Double { pick(3.45, 4.10, 2.65) }
    /// Cell voltage at which a full pack is held, V.
    package var floatCell: Double { pick(3.35, 4.00, 2.50) }
    /// Cell voltage below which nothing may be drawn, V.
    package var minimumCell: Double { pick(2.80, 3.00, 1.80) }
    /// Cell voltages among which a user may choose, V: beyond the presets for makers whose papers allow more, yet short of
    /// where lithium plates, electrolyte decomposes or copper dissolves. Source: own choice from makers' cut-offs (LFP 2.5
    /// and 3.65 V, NMC 2.5 and 4.2 V, LTO 1.5 and 2.8 V) and a tenth of a volt for their protections above.
    package var cellLimits: ClosedRange<Double> { pick(2.5...3.75, 2.5...4.25, 1.5...2.9) }
    /// Cell voltage below which a cell is never charged again without a person, V.
    package var deepDischargeCell: Double { pick(2.0, 2.0, 1.0) }
    /// Charge window, °C.
    package var chargeWindow: ClosedRange<Double> { self == .lto ? -20...50 : 0...45 }
    /// Discharge window, °C (S27).
    package var dischargeWindow: ClosedRange<Double> { -20...60 }
    /// Cell voltage that neither charges nor discharges a resting pack; for a chemistry without a plateau, the least
    /// that the mean cell voltage may be taken for (safety.md 1).
    package var restCell: Double { pick(3.35, 3.6, 2.3) }
    /// Whether the cell voltage at rest is the same over most of the charge.
    package var hasPlateau: Bool { self == .lfp }
    /// Ends of the line that tells a full cell from its voltage and current (charge-control.md d.2): V at 0 A, and V at
    /// 0.05 C.
    package var fullLine: ClosedRange<Double> { pick(3.37...3.65, 3.90...4.20, 2.55...2.85) }

    private func pick<Value>(_ lfp: Value, _ nmc: Value, _ lto: Value) -> Value {
        switch self {
        case .lfp: lfp
        case .nmc: nmc
        case .lto: lto
        }
    }
}
