import Battery

/// What the gateway's own events mean to the event log: which last, what ends them, and which repeat each other.
package enum EventGrammar {
    /// Reads an event of the gateway.
    ///
    /// - Parameters:
    ///   - code: its word in the log, `can_open`.
    ///   - severity: as the log has it.
    ///   - text: its sentence.
    ///   - fields: its details.
    /// - Returns: nil for what the monitor knows better by itself: the battery's alarms, pack by pack, and faults.
    package static func occurrence(
        _ code: String, _ severity: EventSeverity, _ text: String, _ fields: [EventField]
    ) -> Occurrence? {
        switch code {
        case "alarm_raised", "alarm_cleared": alarm(code, severity, text, fields)
        case "mode": mode(severity, text, fields)
        case "stage": stage(severity, text, fields)
        case _ where code.hasPrefix("supervisor."): supervisor(code, severity, text, fields)
        default: plain(code, severity, text, fields)
        }
    }

    // MARK: - Private

    /// What lasts: the code that begins it, the code that ends it, and the field that tells several apart.
    private struct Lasting {
        var begins: String
        var ends: String
        var variant: String?
    }

    private static let lasting = [
        Lasting(begins: "can_tx_lost", ends: "can_tx_lost_cleared"),
        Lasting(begins: "duplicate_bms", ends: "duplicate_bms_cleared"),
        Lasting(begins: "can_closed", ends: "can_open"),
        Lasting(begins: "reading_refused", ends: "readings_valid"),
        Lasting(begins: "cell_lost", ends: "cell_back", variant: "cell"),
        Lasting(begins: "sensor_lost", ends: "sensor_back", variant: "sensor"),
        Lasting(begins: "capture_failed", ends: "capture_resumed"),
        Lasting(begins: "telemetry_failed", ends: "telemetry_resumed"),
    ]

    /// One word for good and bad: what is worth a warning lasts until it is not.
    private static let states: Set = ["keepalive", "bms_link", "can_state"]

    /// Fields by which moments of one code differ.
    private static let variants = [
        "limit_fell": ["limit", "rule"], "configuration_changed": ["generation"], "access.token_made": ["id"],
        "access.token_revoked": ["id"], "bms.setting_written": ["name", "new", "author"],
        "bms.switch_written": ["name", "new", "author"],
    ]

    private static func plain(
        _ code: String, _ severity: EventSeverity, _ text: String, _ fields: [EventField]
    ) -> Occurrence {
        let pack = fields.integer("pack")
        if states.contains(code) {
            return Occurrence(
                .init(code, pack: pack), severity, severity == .info ? .ends : .begins, text, fields: fields,
                codeAlone: code)
        }
        for entry in lasting where entry.begins == code || entry.ends == code {
            let identity = Occurrence.Identity(entry.begins, entry.variant.map { word($0, fields) } ?? "", pack: pack)
            return code == entry.begins
                ? Occurrence(identity, severity, .begins, text, fields: fields)
                : Occurrence(identity, severity, .ends, text, fields: fields, codeAlone: code)
        }
        let variant = (variants[code] ?? []).map { word($0, fields) }.joined(separator: " ")
        return Occurrence(
            .init(code, variant, pack: pack), severity, .moment, text, cause: fields.text("rule"), fields: fields)
    }

    /// The controller's alarms are the battery's; only what no measurement of one pack tells comes from there.
    private static func alarm(
        _ code: String, _ severity: EventSeverity, _ text: String, _ fields: [EventField]
    ) -> Occurrence? {
        guard let kind = fields.text("alarm").flatMap(AlarmKind.init(rawValue:)), PackAlerts.leaves(kind) else {
            return nil
        }
        return Occurrence(
            .init("alarm_raised", kind.rawValue), severity, code == "alarm_raised" ? .begins : .ends, text,
            fields: fields)
    }

    private static func mode(_ severity: EventSeverity, _ text: String, _ fields: [EventField]) -> Occurrence? {
        let (from, to) = (fields.text("from"), fields.text("to"))
        guard from != ChargeMode.fault.rawValue, to != ChargeMode.fault.rawValue else { return nil }
        return Occurrence(.init("mode", to ?? ""), severity, .moment, text, fields: fields)
    }

    /// Data that is late now and then is another matter than data that is gone, in which limits are cut (safety.md 1).
    private static func stage(_ severity: EventSeverity, _ text: String, _ fields: [EventField]) -> Occurrence {
        let to = fields.text("to").flatMap(FreshnessStage.init(rawValue:)) ?? .noData
        switch to {
        case .live: return Occurrence(.init("stage"), severity, .ends, text, fields: fields, codeAlone: "stage")
        case .stale: return Occurrence(.init("stage", "stale"), severity, .begins, text, fields: fields)
        case .noCharge, .stop, .silent:
            return Occurrence(.init("stage", "lost"), .alarm, .begins, text, fields: fields)
        case .noData: return Occurrence(.init("stage", "no_data"), severity, .moment, text, fields: fields)
        }
    }

    /// A part that failed, and one that rests after it failed too often until it is started once more. That parts start and
    /// stop as asked is the log's matter.
    private static func supervisor(
        _ code: String, _ severity: EventSeverity, _ text: String, _ fields: [EventField]
    ) -> Occurrence? {
        let child = word("child", fields)
        switch code {
        case "supervisor.failed", "supervisor.gave_up", "supervisor.cancelled":
            return Occurrence(
                .init(code, child), severity, .moment, text, cause: fields.text("cause"), fields: fields)
        case "supervisor.exhausted":
            return Occurrence(.init(code, child), severity, .begins, text, fields: fields)
        case "supervisor.started":
            return Occurrence(.init("supervisor.exhausted", child), severity, .ends, text, fields: fields)
        default: return nil
        }
    }

    private static func word(_ name: String, _ fields: [EventField]) -> String {
        switch fields.first(where: { $0.name == name })?.value {
        case .text(let text): text
        case .number(let number): Int(exactly: number).map(String.init) ?? String(number)
        case .flag(let flag): String(flag)
        case .unknown, nil: ""
        }
    }
}
