package import Actors
package import Battery
import InverterProtocols
import Links

/// The live picture in Prometheus' text format (version 0.0.4).
///
/// Base units; what is unknown has no line, so that it goes stale instead of standing still.
package struct Metrics: Sendable {
    private var lines: [String] = []

    /// What is counted beside the picture.
    package struct Process: Sendable {
        package var version: String
        package var residentBytes: Int?
        package var cpuSeconds: Double?
        package var children: [ChildReport]

        package init(version: String, residentBytes: Int?, cpuSeconds: Double?, children: [ChildReport]) {
            self.version = version
            self.residentBytes = residentBytes
            self.cpuSeconds = cpuSeconds
            self.children = children
        }
    }

    /// Writes everything.
    package static func text(
        _ picture: GatewayPicture?, packs: [PackLinkPicture], _ process: Process, now: Instant
    ) -> String {
        var metrics = Metrics()
        metrics.write(process)
        metrics.write(packs, picture, now)
        metrics.write(picture?.decision, now)
        metrics.write(picture?.inverter)
        return metrics.lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Private

    private typealias Sample = (labels: [(String, String)], value: Double?)

    private mutating func write(_ process: Process) {
        family("build_info", "gauge", "Version of the program.", [([("version", process.version)], 1)])
        family(
            "supervisor_restarts_total", "counter", "Restarts of a part after a failure.",
            process.children.map { ([("unit", $0.id)], Double($0.restarts)) })
        plain("process_resident_memory_bytes", "gauge", "Resident memory.", process.residentBytes.map(Double.init))
        plain("process_cpu_seconds_total", "counter", "Processor time used.", process.cpuSeconds)
    }

    private mutating func write(_ packs: [PackLinkPicture], _ picture: GatewayPicture?, _ now: Instant) {
        let rows = packs.map { link in
            let report = picture?.reports.first { $0.pack == link.pack }
            let stage = picture?.decision?.stage(ofPack: link.pack, from: report?.ageOrigin, at: now) ?? .noData
            // From SILENT on there is no series (S10).
            return (
                pack: String(link.pack), link: link, report: report,
                reading: stage.transmits ? report?.snapshot?.reading : nil
            )
        }
        func each(_ value: (PackReading) -> Double?) -> [Sample] {
            rows.map { ([("pack", $0.pack)], $0.reading.flatMap(value)) }
        }
        family(
            "pack_info", "gauge", "What the pack is.",
            rows.map { row in
                let identity = row.reading?.identity
                return (
                    [
                        ("pack", row.pack), ("bms", row.link.family), ("serial", identity?.serial ?? ""),
                        ("firmware", identity?.firmware ?? ""), ("cells", String(row.reading?.cells.count ?? 0)),
                    ], 1
                )
            })
        family(
            "pack_link_up", "gauge", "Whether the port of the BMS is open.",
            rows.map { ([("pack", $0.pack)], $0.link.isOpen ? 1 : 0) })
        family("pack_volts", "gauge", "Pack voltage.", each(\.voltage))
        family("pack_current_amperes", "gauge", "Pack current, positive while charging.", each(\.current))
        family(
            "pack_power_watts", "gauge", "Pack power, positive while charging.",
            each { reading in reading.voltage.flatMap { volts in reading.current.map { volts * $0 } } })
        family("pack_soc_ratio", "gauge", "State of charge.", each { $0.stateOfCharge.map { $0 / 100 } })
        family("pack_soh_ratio", "gauge", "State of health.", each { $0.stateOfHealth.map { $0 / 100 } })
        family("pack_remaining_coulombs", "gauge", "Charge left.", each { $0.remainingCapacity.map { $0 * 3600 } })
        family("pack_cycles_total", "counter", "Full-charge cycles.", each { $0.cycles.map(Double.init) })
        family(
            "cell_volts", "gauge", "Cell voltage.",
            rows.flatMap { row in
                (row.reading?.cells ?? []).enumerated().map { ([("pack", row.pack), ("cell", String($0 + 1))], $1) }
            })
        family(
            "temperature_celsius", "gauge", "Temperature.",
            rows.flatMap { row in
                (row.reading?.temperatures ?? []).map { ([("pack", row.pack), ("sensor", "\($0.name)")], $0.celsius) }
            })
        family(
            "data_age_seconds", "gauge", "Age of the newest valid data; goes on counting while there is none.",
            rows.map { row in ([("pack", row.pack)], row.report?.ageOrigin.map { (now - $0).seconds }) })
        family(
            "rejected_readings_total", "counter", "Readings refused by plausibility.",
            rows.map { ([("pack", $0.pack)], $0.report.map { Double($0.refused) }) })
        family(
            "bms_missed_polls_total", "counter", "Polls without a reading.",
            rows.map { ([("pack", $0.pack)], $0.report.map { Double($0.missed) }) })
    }

    private mutating func write(_ decision: Decision?, _ now: Instant) {
        let known = (decision?.stage(at: now) ?? .noData).transmits ? decision : nil
        let scope = [("scope", "aggregate")]
        family("charge_voltage_limit_volts", "gauge", "CVL.", [(scope, known?.chargeVoltage.value)])
        family("charge_current_limit_amperes", "gauge", "CCL.", [(scope, known?.chargeCurrent.value)])
        family("discharge_current_limit_amperes", "gauge", "DCL.", [(scope, known?.dischargeCurrent.value)])
        let limits = [("cvl", known?.chargeVoltage), ("ccl", known?.chargeCurrent), ("dcl", known?.dischargeCurrent)]
        family(
            "limit_active", "gauge", "The rule that decides a limit.",
            limits.compactMap { name, limit in
                limit?.contributions.first.map { ([("limit", name), ("reason", $0.rule.rawValue)], 1) }
            })
        family(
            "charge_mode", "gauge", "Charge mode.", known.map { [([("mode", $0.mode.rawValue)], 1)] } ?? [])
        family(
            "alarm_active", "gauge", "Alarms (1) and warnings (0.5).",
            (decision?.alarms.active ?? []).map {
                ([("alarm", $0.kind.rawValue)], $0.severity == .alarm ? 1 : 0.5)
            })
        family(
            "stage_info", "gauge", "Freshness of the data.",
            [([("stage", (decision?.stage(at: now) ?? .noData).rawValue)], 1)])
    }

    private mutating func write(_ inverter: InverterPicture?) {
        guard let inverter else { return }
        family(
            "can_frames_total", "counter", "Frames on the inverter's bus.",
            [
                ([("direction", "sent")], Double(inverter.counters.sent)),
                ([("direction", "confirmed")], Double(inverter.counters.confirmed)),
                ([("direction", "received")], Double(inverter.counters.received)),
            ])
        family("can_errors_total", "counter", "Errors on the inverter's bus.", [([], Double(inverter.counters.errors))])
        family("can_bus_off_total", "counter", "Times off the bus.", [([], Double(inverter.counters.busOff))])
        family(
            "can_inverter_ack_age_seconds", "gauge", "Age of the GX's last keepalive.", [([], inverter.keepaliveAge)])
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) {
        plain("cellbridge_" + name, type, help, samples)
    }

    private mutating func plain(_ name: String, _ type: String, _ help: String, _ value: Double?) {
        plain(name, type, help, [([], value)])
    }

    private mutating func plain(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) {
        let known = samples.filter { $0.value?.isFinite ?? false }
        guard !known.isEmpty else { return }
        lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
        for sample in known {
            guard let value = sample.value else { continue }
            let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            lines.append(name + (labels.isEmpty ? "" : "{\(labels)}") + " \(value)")
        }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.append(character)
            }
        }
    }
}
