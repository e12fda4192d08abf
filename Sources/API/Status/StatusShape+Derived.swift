extension StatusShape {
    /// What is derived of one pack.
    static let derived = Shape.named(
        "Derived",
        .object(
            [.must("id", .integer())]
                + [
                    "current_mean_a", "current_mean_1min_a", "current_mean_15min_a", "power_mean_1min_w",
                    "power_mean_15min_w", "cell_delta_v", "cell_delta_rest_v", "cell_delta_rest_age_s",
                    "cell_delta_corrected_v", "temperature_gradient_k", "temperature_rate_k_per_min", "charged_wh",
                    "discharged_wh", "charged_ah", "discharged_ah", "equivalent_cycles", "rainflow_equivalent_cycles",
                    "soc_bms_percent", "soc_own_percent", "soc_own_uncertainty_percent", "soc_drift_percent",
                ].map { .must($0, .measurement) } + [
                    .must("temperature_rate_sensor", .remark), .must("bms_cycles", .count),
                    .must("cell_resistance_ohm", .array(.measurement)), .must("rainflow_cycles", .array(.number())),
                    .must("peaks", .nullable(.map(.anything))), .must("synchronised", .nullable(synchronised)),
                    .must("measured_capacity", .nullable(capacity)),
                    .must("sources", .map(.word(["bms", "own"]))), .must("alert_levels", .map(.measurement)),
                ]))

    private static let ends = Shape.word(["full", "empty"])

    private static let synchronised = Shape.object([
        .must("at", ends), .must("time", .time), .must("own_error_percent", .measurement),
        .must("bms_error_percent", .measurement),
    ])

    private static let capacity = Shape.object([
        .must("capacity_ah", .number()), .must("uncertainty_ah", .number()), .must("towards", ends),
        .must("time", .time),
    ])
}
