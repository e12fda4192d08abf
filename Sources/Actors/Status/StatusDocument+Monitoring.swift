import Battery
import JSONText
import Log
import Monitoring

/// What the monitor adds to the status document.
extension StatusDocument {
    /// Totals of all time. Unknown while the totals of earlier lives are: they would seem to have fallen.
    static func energy(_ decision: Decision?, _ monitoring: MonitoringPicture?) -> JSONValue {
        let totals = decision != nil && monitoring?.hasEarlier ?? false ? monitoring?.derived.energy : nil
        return ["charged_wh": .init(totals?.charged), "discharged_wh": .init(totals?.discharged)]
    }

    /// The highest of all time: history with its own times, which no silence makes void (S10).
    static func peaks(_ monitoring: MonitoringPicture) -> JSONValue {
        peaks(monitoring.peaks)
    }

    /// The battery's, or one pack's.
    static func peaks(_ peaks: Peaks) -> JSONValue {
        [
            "charge_a": .init(peaks.chargeCurrent?.value), "charge_a_time": time(peaks.chargeCurrent?.time),
            "discharge_a": .init(peaks.dischargeCurrent?.value), "discharge_a_time": time(peaks.dischargeCurrent?.time),
            "charge_w": .init(peaks.chargePower?.value), "charge_w_time": time(peaks.chargePower?.time),
            "discharge_w": .init(peaks.dischargePower?.value), "discharge_w_time": time(peaks.dischargePower?.time),
            "since": time(peaks.since),
        ]
    }

    /// What follows from each pack's values over time.
    static func derived(_ monitoring: MonitoringPicture?, _ now: Instant) -> [JSONValue] {
        guard let monitoring else { return [] }
        return monitoring.derived.packs.map { pack in
            let energy = monitoring.hasEarlier ? pack.energy : nil
            let known: [JSONValue.Member] = [
                .init("id", .integer(pack.pack)), .init("current_mean_a", .init(pack.currentMean)),
                .init("cell_delta_v", .init(pack.spread)),
                .init("cell_delta_rest_v", .init(pack.restSpread)),
                .init("cell_delta_rest_age_s", .init(pack.restSpreadTime.map { (now - $0).seconds })),
                .init("charged_wh", .init(energy?.charged)), .init("discharged_wh", .init(energy?.discharged)),
                .init("alert_levels", levels(pack.levels)),
            ]
            return .object(known + measures(pack.figures, hasEarlier: monitoring.hasEarlier))
        }
    }

    /// Where the alerts of the cells begin.
    private static func levels(_ levels: CellAlertLevels) -> JSONValue {
        [
            "cell_high_warning_v": .number(levels.highWarning), "cell_high_alarm_v": .number(levels.highAlarm),
            "cell_low_warning_v": .number(levels.lowWarning), "cell_low_alarm_v": .number(levels.lowAlarm),
            "cell_delta_warning_v": .number(levels.spreadWarning),
        ]
    }

    /// A latched fault.
    static func fault(_ fault: MonitoringPicture.Fault, _ now: Instant) -> JSONValue {
        [
            "fault": .string(fault.fault.kind.rawValue), "pack": .integer(fault.fault.pack),
            "value": .number(fault.fault.value), "text": .string(fault.fault.sentence),
            "since_s": .init(fault.since.map { (now - $0).seconds }),
        ]
    }

    static func time(_ milliseconds: Int64?) -> JSONValue {
        milliseconds.map { .string(UTCTime(milliseconds: $0).description) } ?? .null
    }
}
