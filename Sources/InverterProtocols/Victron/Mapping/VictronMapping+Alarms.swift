import Battery

/// The rows of frame 0x35A: two for each item, one for the system status.
extension VictronMapping {
    /// 0x35A.
    static let alarmRows: [VictronMappingRow] =
        VictronAlarmItem.allCases.map { item in
            .pair(
                item.rawValue, "alarm: " + words(item), from: sourceWords(item), thresholds(item)
            ) { severity(of: item, in: $0.decision) == .alarm ? .active : .ok }
        }
        + VictronAlarmItem.allCases.map { item in
            .pair(
                VictronAlarms.pairsPerHalf + item.rawValue, "warning: " + words(item), from: sourceWords(item),
                item == .bmsInternal ? "Active in stage HOLD too" : "As the alarm above"
            ) { severity(of: item, in: $0.decision) == .warning ? .active : .ok }
        }
        + [
            .pair(
                VictronAlarms.systemStatusPair, "system status", from: "Decision.stage",
                "Online 0b10; offline 0b01 in stages NO-CHARGE and STOP"
            ) { $0.decision.stage >= .noCharge ? .active : .ok }
        ]

    /// How bad an item is: what the decision says, and never less than its stage asks for (safety.md 1).
    static func severity(of item: VictronAlarmItem, in decision: Decision) -> AlarmSeverity? {
        switch item {
        case .general:
            return worst(decision.alarms.worst, stageSeverity(decision.stage))
        case .bmsInternal:
            return worst(decision.alarms[.bmsInternal], stageSeverity(decision.stage))
        default:
            return item.kind.flatMap { decision.alarms[$0] }
        }
    }

    // MARK: - Private

    private static func stageSeverity(_ stage: FreshnessStage) -> AlarmSeverity? {
        switch stage {
        case .live: nil
        case .stale: .warning
        case .noCharge, .stop, .silent, .noData: .alarm
        }
    }

    private static func worst(_ one: AlarmSeverity?, _ other: AlarmSeverity?) -> AlarmSeverity? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }

    private static func words(_ item: VictronAlarmItem) -> String {
        switch item {
        case .bmsInternal: "BMS internal"
        case .highTemperatureCharge: "high temperature, charging"
        case .lowTemperatureCharge: "low temperature, charging"
        default: String(item.name.map { $0 == "_" ? " " : $0 })
        }
    }

    private static func sourceWords(_ item: VictronAlarmItem) -> String {
        guard let kind = item.kind else { return "the worst of AlarmSet" }
        return "AlarmSet[.\(kind)]" + (item == .bmsInternal ? ", Decision.stage" : "")
    }

    private static func thresholds(_ item: VictronAlarmItem) -> String {
        switch item {
        case .general: "Anything active, low state of charge (warning 20 %, alarm 10 %) and limits not obeyed included"
        case .highVoltage: "Cell, LFP: warning at 3.55 V, cleared at 3.50 V; alarm at 3.60 V, cleared at 3.52 V"
        case .lowVoltage: "Cell, LFP: warning at 3.00 V, cleared at 3.10 V; alarm at 2.80 V, cleared at 3.00 V"
        case .highTemperature, .lowTemperature: "Discharge window, default -20 to 60 °C, released 5 K back; the BMS"
        case .highTemperatureCharge, .lowTemperatureCharge:
            "Charge window, LFP default 0 to 45 °C, released 2 K back; the BMS"
        case .highDischargeCurrent, .highChargeCurrent, .contactor, .shortCircuit: "As the BMS reports it"
        case .bmsInternal: "BMS fault; alarm in stages NO-CHARGE and STOP"
        case .cellImbalance: "Spread: warning at 80 mV, cleared at 50 mV, under 0.1 C"
        }
    }
}

extension VictronAlarmItem {
    /// The domain's word for the item; nil for the general one, which stands for all.
    var kind: AlarmKind? {
        switch self {
        case .general: nil
        case .highVoltage: .highVoltage
        case .lowVoltage: .lowVoltage
        case .highTemperature: .highTemperature
        case .lowTemperature: .lowTemperature
        case .highTemperatureCharge: .highTemperatureCharge
        case .lowTemperatureCharge: .lowTemperatureCharge
        case .highDischargeCurrent: .highDischargeCurrent
        case .highChargeCurrent: .highChargeCurrent
        case .contactor: .contactor
        case .shortCircuit: .shortCircuit
        case .bmsInternal: .bmsInternal
        case .cellImbalance: .cellImbalance
        }
    }
}
