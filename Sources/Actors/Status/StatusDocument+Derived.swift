import Battery
import JSONText
import Monitoring

/// What is derived of one pack.
extension StatusDocument {
    /// Members of the pack's entry under `derived`.
    ///
    /// - Parameters:
    ///   - figures: as they are now.
    ///   - hasEarlier: whether the counts of earlier lives are in. Before that, what counts on from them is unknown.
    /// - Returns: the members, null where unknown.
    static func measures(_ figures: DerivedFigures, hasEarlier: Bool) -> [JSONValue.Member] {
        let ofNow: [JSONValue.Member] = [
            .init("current_mean_1min_a", .init(figures.currentMinute)),
            .init("current_mean_15min_a", .init(figures.currentQuarter)),
            .init("power_mean_1min_w", .init(figures.powerMinute)),
            .init("power_mean_15min_w", .init(figures.powerQuarter)),
            .init("cell_delta_corrected_v", .init(figures.correctedSpread)),
            .init("temperature_gradient_k", .init(figures.temperatureSpread)),
            .init("temperature_rate_k_per_min", .init(figures.temperatureRate?.kelvinPerMinute)),
            .init("temperature_rate_sensor", .init(figures.temperatureRate?.sensor.description)),
            .init("bms_cycles", .init(figures.cycles)), .init("soc_bms_percent", .init(figures.stateOfCharge)),
            .init("sources", sources),
        ]
        return ofNow + counts(hasEarlier ? figures : nil)
    }

    // MARK: - Private

    /// What goes on from earlier lives; nil while those are unknown.
    private static func counts(_ figures: DerivedFigures?) -> [JSONValue.Member] {
        [
            .init("peaks", figures?.peaks.map { peaks($0) } ?? .null),
            .init("cell_resistance_ohm", .array((figures?.resistances ?? []).map { .init($0) })),
            .init("charged_ah", .init(figures?.charged)), .init("discharged_ah", .init(figures?.discharged)),
            .init("equivalent_cycles", .init(figures?.equivalentCycles)),
            .init("rainflow_cycles", .array((figures?.rainflow.cycles ?? []).map { .number($0) })),
            .init("rainflow_equivalent_cycles", .init(figures?.rainflow.equivalent)),
            .init("soc_own_percent", .init(figures?.ownStateOfCharge)),
            .init("soc_drift_percent", .init(figures?.drift)),
            .init("soc_own_uncertainty_percent", .init(figures?.uncertainty)),
            .init("synchronised", figures?.synchronisation.map { synchronised($0) } ?? .null),
            .init("measured_capacity", figures?.capacity.map { measured($0) } ?? .null),
        ]
    }

    private static func synchronised(_ synchronisation: ChargeAccount.Synchronisation) -> JSONValue {
        [
            "at": .string(synchronisation.anchor.rawValue), "time": time(synchronisation.time),
            "own_error_percent": .init(synchronisation.ownError), "bms_error_percent": .init(synchronisation.bmsError),
        ]
    }

    private static func measured(_ capacity: ChargeAccount.Capacity) -> JSONValue {
        [
            "capacity_ah": .number(capacity.ampereHours), "uncertainty_ah": .number(capacity.uncertainty),
            "towards": .string(capacity.towards.rawValue), "time": time(capacity.time),
        ]
    }

    /// Whose word each figure is.
    private static let sources: JSONValue = {
        let told = ["bms_cycles", "soc_bms_percent"]
        let reckoned = [
            "current_mean_1min_a", "current_mean_15min_a", "power_mean_1min_w", "power_mean_15min_w", "peaks",
            "cell_delta_corrected_v", "cell_resistance_ohm", "temperature_gradient_k", "temperature_rate_k_per_min",
            "charged_ah", "discharged_ah", "equivalent_cycles", "rainflow_cycles", "rainflow_equivalent_cycles",
            "soc_own_percent", "soc_own_uncertainty_percent", "soc_drift_percent", "synchronised",
            "measured_capacity",
        ]
        func members(_ names: [String], _ source: MeasureSource) -> [JSONValue.Member] {
            names.map { .init($0, .string(source.rawValue)) }
        }
        return .object(members(told, .bms) + members(reckoned, .own))
    }()
}
