import Battery
import JSONText

/// The live picture of `cellbridge watch`, drawn from a status document: is it safe, what is it doing, and why no more.
struct WatchPicture {
    let status: JSONTree

    /// All lines, the most important first: a low terminal shows those.
    var lines: [TerminalText] {
        [verdict, "", battery, cells] + [""] + limits + [""] + [inverter, alarms] + [""] + packs
    }

    /// The picture in one line, for a file or a pipe.
    var summary: String {
        let limits = status["limits"]
        return [
            status["time"].string ?? "", verdict.plain, battery.plain.compacted,
            "CVL \(number(limits["cvl_v"], 1)) V, CCL \(number(limits["ccl_a"], 1)) A, DCL \(number(limits["dcl_a"], 1)) A",
        ].joined(separator: "  ")
    }

    // MARK: - Is it safe

    /// How it stands, in a word and a sentence.
    var verdict: TerminalText {
        let age = status["battery"]["age_s"].number.map { "\($0.decimal(1)) s" } ?? "unknown"
        switch status["stage"].string {
        case "no_data": return word("NO DATA", .warning) + "no valid reading yet, so nothing is sent"
        case "stale": return word("HOLD", .warning) + "the data is \(age) old: limits can only fall"
        case "no_charge": return word("NO CHARGE", .bad) + "the data is \(age) old: charging is forbidden"
        case "stop": return word("STOP", .bad) + "the data is \(age) old: charging and discharging are forbidden"
        case "silent": return word("SILENT", .bad) + "the data is too old: nothing is sent"
        case "live": return live(age)
        default: return word("UNKNOWN", .warning) + "the daemon says nothing of its data"
        }
    }

    private func live(_ age: String) -> TerminalText {
        let inverter = status["inverter"]
        if status["limits"]["mode"].string == "fault" {
            return word("FAULT", .bad) + "latched: see the reasons below, then cellbridge admin acknowledge"
        }
        if inverter["duplicate_bms"].bool == true {
            return word("NO CHARGE", .bad) + "another device sends battery limits on this bus"
        }
        if inverter["open"].bool != true {
            return word("NOT SENT", .bad) + "the inverter is not reached: \(inverter["problem"].string ?? "bus closed")"
        }
        if inverter["tx_lost"].bool == true {
            return word("NOT SENT", .bad) + "no frame leaves the bus: cable, termination, bit rate?"
        }
        if inverter["link"].string == "dry:" {
            return word("DRY RUN", .warning) + "nothing is transmitted; \(activity); data \(age) old"
        }
        let doing = "\(activity); data \(age) old"
        let isWorried = alarmNames(status["alarms"]).contains { $0.isAlarm }
        return word(isWorried ? "ALARM" : "SAFE", isWorried ? .bad : .good) + TerminalText(doing)
    }

    /// What the battery does.
    private var activity: String {
        let mode = status["limits"]["mode"].string.map { ", \($0.replacing("_", with: " "))" } ?? ""
        guard let current = status["battery"]["current_a"].number else { return "current unknown" + mode }
        if current > 0.5 { return "charging with \(current.decimal(1)) A" + mode }
        if current < -0.5 { return "discharging with \((-current).decimal(1)) A" + mode }
        return "resting" + mode
    }

    private func word(_ word: String, _ look: TerminalText.Look) -> TerminalText {
        TerminalText(word.padded(11), look)
    }

    // MARK: - The battery

    private var battery: TerminalText {
        let battery = status["battery"]
        return label("Battery")
            + TerminalText(
                [
                    "\(number(battery["voltage_v"], 2)) V", "\(signed(battery["current_a"])) A",
                    "\(number(battery["power_w"], 0)) W", "SOC \(number(battery["soc_percent"], 1)) %",
                    "SOH \(number(battery["soh_percent"], 0)) %", "\(number(battery["temperature_c"], 1)) °C",
                ].joined(separator: "   "))
    }

    private var cells: TerminalText {
        let battery = status["battery"]
        let spread = battery["cell_delta_v"].number.map { "   \(($0 * 1000).decimal(0)) mV apart" } ?? ""
        return label("Cells")
            + "\(number(battery["cell_min_v"], 3)) V … \(number(battery["cell_max_v"], 3)) V\(spread)"
    }

    // MARK: - Why no more

    private var limits: [TerminalText] {
        let limits = status["limits"]
        return limit("CVL", limits["cvl_v"], "V", limits["reasons"]["cvl"])
            + limit("CCL", limits["ccl_a"], "A", limits["reasons"]["ccl"])
            + limit("DCL", limits["dcl_a"], "A", limits["reasons"]["dcl"])
    }

    /// One limit with its three strongest reasons, the deciding one first.
    private func limit(_ name: String, _ value: JSONTree, _ unit: String, _ reasons: JSONTree) -> [TerminalText] {
        let head = label(name) + TerminalText("\(number(value, 1).leftPadded(6)) \(unit)   ", .bold)
        let margin = TerminalText(String(repeating: " ", count: head.plain.count))
        let texts = reasons.elements.prefix(3).map { reason in
            let detail = reason["detail"].string ?? ""
            let since = reason["since_s"].number.flatMap { $0 < 1 ? nil : ", for \(Self.span($0))" } ?? ""
            return (reason["rule"].string ?? "?").replacing("_", with: " ").padded(24)
                + "\(number(reason["value"], 1).leftPadded(6)) \(unit)   \(detail)\(since)".trimmingComma
        }
        guard let first = texts.first else { return [head + "nothing is sent"] }
        return [head + TerminalText(first)] + texts.dropFirst().map { margin + TerminalText($0, .dim) }
    }

    // MARK: - The inverter

    private var inverter: TerminalText {
        let inverter = status["inverter"]
        guard inverter["link"].string != nil else { return label("Inverter") + "not configured" }
        let heard = inverter["keepalive_age_s"].number.map { "GX heard \($0.decimal(1)) s ago" } ?? "GX not heard"
        let isQuiet = inverter["keepalive_age_s"].number.map { $0 > 10 } ?? true
        let bus =
            inverter["open"].bool == true
            ? (inverter["state"].string ?? "unknown").replacing("_", with: " ") : "closed"
        return label("Inverter") + TerminalText("\(inverter["link"].string ?? "")   \(bus)   ")
            + TerminalText(heard, isQuiet ? .warning : .plain)
            + TerminalText(
                "   \(number(inverter["frames_sent"], 0)) sent, \(number(inverter["frames_received"], 0)) received, "
                    + "\(number(inverter["errors"], 0)) errors")
    }

    private var alarms: TerminalText {
        let names = alarmNames(status["alarms"])
        guard !names.isEmpty else { return label("Alarms") + "none" }
        let isBad = names.contains { $0.isAlarm }
        return label("Alarms") + TerminalText(names.map(\.text).joined(separator: ", "), isBad ? .bad : .warning)
    }

    private func alarmNames(_ alarms: JSONTree) -> [(text: String, isAlarm: Bool)] {
        alarms.elements.map { alarm in
            let name = (alarm["alarm"].string ?? "?").replacing("_", with: " ")
            let isAlarm = alarm["severity"].string == "alarm"
            return (isAlarm ? name : "\(name) (warning)", isAlarm)
        }
    }

    // MARK: - The packs

    private var packs: [TerminalText] {
        let packs = status["packs"].elements
        guard !packs.isEmpty else {
            return [label("Packs") + "none is configured: cellbridge config set pack.1.link=… (cellbridge config list)"]
        }
        return packs.map { pack in
            let head = label("Pack \(number(pack["id"], 0))")
            let place = "\(pack["family"].string ?? "?") \(pack["link"].string ?? "")"
            let simulated: TerminalText = pack["simulated"].bool == true ? TerminalText(" SIMULATED", .warning) : ""
            if let problem = pack["problem"].string {
                return head + TerminalText(place) + simulated + "   " + TerminalText(problem, .bad)
            }
            let cells = "\(number(pack["cell_min_v"], 3))…\(number(pack["cell_max_v"], 3)) V"
            return head + TerminalText(place) + simulated
                + TerminalText(
                    "   \(number(pack["voltage_v"], 2)) V   \(signed(pack["current_a"])) A   "
                        + "SOC \(number(pack["soc_percent"], 1)) %   \(cells)   "
                        + "\(number(pack["age_s"], 1)) s old\(switches(pack))")
        }
    }

    private func switches(_ pack: JSONTree) -> String {
        let open = [("charge_enabled", "charge"), ("discharge_enabled", "discharge")]
            .filter { pack[$0.0].bool == false }.map(\.1)
        return open.isEmpty ? "" : "   BMS blocks \(open.joined(separator: " and "))"
    }

    // MARK: - Words

    private func label(_ text: String) -> TerminalText { TerminalText(text.padded(11), .dim) }

    private func number(_ value: JSONTree, _ places: Int) -> String { value.number?.decimal(places) ?? "-" }

    private func signed(_ value: JSONTree) -> String {
        value.number.map { ($0 > 0 ? "+" : "") + $0.decimal(1) } ?? "-"
    }

    /// A span of time in the largest unit that fits.
    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<60: "\(seconds.decimal(0)) s"
        case ..<3600: "\((seconds / 60).decimal(0)) min"
        case ..<86_400: "\((seconds / 3600).decimal(1)) h"
        default: "\((seconds / 86_400).decimal(1)) d"
        }
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    /// Runs of spaces as one.
    fileprivate var compacted: String { split(separator: " ").joined(separator: " ") }

    /// Without the separator in front of a detail that is missing.
    fileprivate var trimmingComma: String { replacing("   , ", with: "   ") }
}
