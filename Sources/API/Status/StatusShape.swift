import Battery

/// The status document as the OpenAPI document describes it.
enum StatusShape {
    static let document = Shape.named(
        "Status",
        .object([
            .must("time", .time), .must("stage", .word(stages)), .must("commissioned", .bool),
            .must(
                "battery",
                .object(battery + [.must("time_to_full_s", .measurement), .must("time_to_empty_s", .measurement)])),
            .must("packs", .array(pack)), .must("limits", limits), .must("inverter", .nullable(inverter)),
            .must("energy", .object([.must("charged_wh", .measurement), .must("discharged_wh", .measurement)])),
            .must("alarms", .array(alarm)), .must("faults", .array(fault)), .must("peaks", .nullable(peaks)),
            .must("derived", .object([.must("packs", .array(derived))])),
        ]))

    // MARK: - Private

    private static let stages = ["no_data", "live", "stale", "no_charge", "stop", "silent"]

    private static let battery: [Shape.Field] =
        [
            "voltage_v", "current_a", "power_w", "soc_percent", "soh_percent", "temperature_c", "cell_min_v",
            "cell_max_v",
            "cell_delta_v", "capacity_ah", "remaining_ah",
        ].map { .must($0, .measurement) } + [.must("cycles", .count), .must("age_s", .measurement)]

    private static let pack = Shape.named(
        "Pack",
        .object(
            battery + [
                .must("id", .integer()), .must("name", .remark), .must("family", .text()), .must("link", .text()),
                .must("stage", .word(stages)), .must("standing", .word(PackStanding.allCases.map(\.rawValue))),
                .must("simulated", .bool), .must("open", .bool),
                .must("problem", .remark),
                .must("serial", .remark), .must("firmware", .remark), .must("activity", .remark),
                .must("charge_enabled", .known), .must("discharge_enabled", .known),
                .must(
                    "limits",
                    .object(
                        ["max_cell_v", "min_cell_v", "absorption_cell_v", "float_cell_v"].map {
                            .must($0, .measurement)
                        }
                    )),
                .must(
                    "cells",
                    .array(
                        .object([
                            .must("index", .integer()), .must("voltage_v", .measurement), .must("balancing", .known),
                        ]))),
                .must(
                    "temperatures",
                    .array(
                        .object([
                            .must("name", .text()), .must("place", .text()), .must("celsius", .measurement),
                        ]))),
                .must("alarms", .array(alarm)), .must("refused", .count), .must("missed", .count),
            ]))

    private static let alarm = Shape.named(
        "Alarm",
        .object([
            .must("alarm", .text()), .must("severity", .word(["alarm", "warning"])),
            .must("since_s", .measurement),
        ]))

    private static let fault = Shape.object([
        .must("fault", .text()), .must("pack", .integer()), .must("value", .measurement), .must("text", .text()),
        .must("since_s", .measurement),
    ])

    private static let peaks = Shape.map(.anything)

    private static let reason = Shape.named(
        "LimitReason",
        .object([
            .must("rule", .text()), .must("value", .measurement), .must("detail", .text()), .must("since", .time),
            .must("since_s", .number()), .must("pack", .count),
        ]))

    private static let limits = Shape.named(
        "Limits",
        .object([
            .must("cvl_v", .measurement), .must("ccl_a", .measurement), .must("dcl_a", .measurement),
            .must("dvl_v", .measurement), .must("mode", .text()),
            .must(
                "reasons",
                .object([
                    .must("cvl", .array(reason)), .must("ccl", .array(reason)), .must("dcl", .array(reason)),
                ])),
        ]))

    private static let inverter = Shape.named(
        "Inverter",
        .object([
            .must("link", .text()), .must("open", .bool),
            .must("dry_because", .nullable(.word(["not_commissioned", "no_link", "simulated"]))),
            .must("state", .text()), .must("keepalive_age_s", .measurement), .must("frames_sent", .integer()),
            .must("frames_confirmed", .integer()), .must("frames_received", .integer()), .must("errors", .integer()),
            .must("congested", .integer()), .must("bus_off_count", .integer()), .must("duplicate_bms", .bool),
            .must("tx_lost", .bool), .must("problem", .remark),
        ]))
}
