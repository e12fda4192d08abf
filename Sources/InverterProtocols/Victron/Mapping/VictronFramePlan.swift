/// When a frame is sent and how long it is (S40, protocols/victron-can.md 5).
package struct VictronFramePlan: Sendable, Hashable {
    /// How often.
    package enum Cadence: Sendable, Hashable {
        /// Every period, before all others: without these four there is no battery.
        case required
        /// Every period, after the required ones.
        case everyPeriod
        /// What hardly changes.
        case every(Duration)
    }

    /// The frame.
    package let id: VictronFrameID
    /// How often it is sent.
    package let cadence: Cadence
    /// Bytes when every value is known.
    package let length: Int
    /// What is worth knowing about the whole frame.
    package let remark: String

    /// The period of what hardly changes: most batteries take 10 s, and the GX lives with it.
    package static let slowPeriod = Duration.seconds(10)

    /// Every frame of the battery, in the order in which a set leaves.
    package static let all: [VictronFramePlan] = [
        VictronFramePlan(
            id: .limits, cadence: .required, length: 8,
            remark: "The only frame that acts. Checked once more before it leaves (`VictronLimitsCheck`, S26): "
                + "any difference from the decision or excess over the configured maxima, and no frame is sent."),
        VictronFramePlan(
            id: .charge, cadence: .required, length: 8,
            remark: "Not sent while the state of charge is unknown: the frame has no code for it, and 0 % would start "
                + "generators."),
        VictronFramePlan(
            id: .measurements, cadence: .required, length: 8,
            remark: "Not sent while voltage or current is unknown; four bytes while only the temperature is."),
        VictronFramePlan(
            id: .alarms, cadence: .required, length: 8,
            remark: "Display only: nothing relies on it. An item is active in the half of its severity alone, and OK "
                + "in the other."),
        VictronFramePlan(
            id: .modules, cadence: .everyPeriod, length: 8,
            remark: "From stage NO-CHARGE on at least one module is offline."),
        VictronFramePlan(id: .cellExtremes, cadence: .everyPeriod, length: 8, remark: ""),
        VictronFramePlan(
            id: .lowestCellName, cadence: .everyPeriod, length: 8,
            remark: "`C03` is cell 3; with several packs `P2C03` is cell 3 of pack 2."),
        VictronFramePlan(id: .highestCellName, cadence: .everyPeriod, length: 8, remark: "As 0x374."),
        VictronFramePlan(
            id: .coldestSensorName, cadence: .everyPeriod, length: 8,
            remark: "The sensor's name; with several packs with `P2 ` before it."),
        VictronFramePlan(id: .warmestSensorName, cadence: .everyPeriod, length: 8, remark: "As 0x376."),
        VictronFramePlan(
            id: .chargeRequest, cadence: .everyPeriod, length: 8,
            remark: "Sent only where `charge.force_below_soc_percent` is set, and then always, so that a request also "
                + "ends. It is a request: not every GX heeds it."),
        VictronFramePlan(id: .energy, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(id: .manufacturer, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(id: .product, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(
            id: .batteryNameFirst, cadence: .every(slowPeriod), length: 8,
            remark: "With a name of 8 characters or fewer neither this nor 0x371 is sent: 0x35E is the name then."),
        VictronFramePlan(id: .batteryNameSecond, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(id: .installedCapacity, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(
            id: .serialFirst, cadence: .every(slowPeriod), length: 8,
            remark: "Followed by 0x381 at once: the number counts as complete when 0x381 arrives."),
        VictronFramePlan(id: .serialSecond, cadence: .every(slowPeriod), length: 8, remark: ""),
        VictronFramePlan(id: .family, cadence: .every(slowPeriod), length: 8, remark: ""),
    ]
}
