import Battery
import InverterProtocols
import JSONText
import Links
import Log

extension GatewayEvent {
    /// A change in the charge controller.
    init(_ event: ControlEvent) {
        switch event {
        case .stage(let from, let to, let age):
            let old = age.map { ", newest data \($0.decimal(1)) s old" } ?? ""
            self.init(
                to > from && to != .noData ? .warning : .notice, "stage",
                "data is \(to.rawValue), was \(from.rawValue)\(old)",
                [.init("from", .string(from.rawValue)), .init("to", .string(to.rawValue)), .init("age_s", .init(age))])
        case .mode(let from, let to, let cause):
            self.init(
                to == .fault ? .error : .notice, "mode", "charge mode \(to.rawValue), was \(from.rawValue): \(cause)",
                [.init("from", .string(from.rawValue)), .init("to", .string(to.rawValue))])
        case .limitFell(let limit, let from, let to, let rule, let evidence):
            let unit = limit == "cvl" ? "V" : "A"
            let because = evidence.isEmpty ? "" : " (\(evidence))"
            self.init(
                .notice, "limit_fell",
                "\(limit.uppercased()) fell from \(from.decimal(1)) to \(to.decimal(1)) \(unit): \(rule.rawValue)\(because)",
                [
                    .init("limit", .string(limit)), .init("from", .number(from)), .init("to", .number(to)),
                    .init("rule", .string(rule.rawValue)),
                ])
        case .alarmRaised(let kind, let severity):
            self.init(
                severity == .alarm ? .error : .warning, "alarm_raised",
                "\(severity): \(kind.rawValue)\(Self.hint(kind))",
                [.init("alarm", .string(kind.rawValue)), .init("severity", .string("\(severity)"))])
        case .alarmCleared(let kind):
            self.init(.notice, "alarm_cleared", "over: \(kind.rawValue)", [.init("alarm", .string(kind.rawValue))])
        case .full(let spread, let byTime):
            let cells = spread.map { ", cells \(($0 * 1000).decimal(0)) mV apart" } ?? ""
            self.init(
                .notice, "full", (byTime ? "absorption ended by time" : "battery is full") + cells,
                [.init("spread_v", .init(spread)), .init("by_time", .bool(byTime))])
        case .balance(let spread, let byTime):
            let cells = spread.map { ", cells \(($0 * 1000).decimal(0)) mV apart at rest" } ?? ""
            self.init(
                byTime ? .warning : .notice, "balance",
                (byTime ? "holding for the balancers ended by time" : "cells are balanced") + cells,
                [.init("spread_v", .init(spread)), .init("by_time", .bool(byTime))])
        case .pack(let pack, let from, let to, let voltage, let bank):
            self.init(pack: pack, from, to, voltage, bank)
        case .quorum(let live, let configured):
            self.init(
                .warning, "quorum", "begins with \(live) of \(configured) packs: the others do not answer",
                [.init("live", .integer(live)), .init("configured", .integer(configured))])
        }
    }

    /// A pack of several that came, went, or stays out (S9).
    private init(pack: Int, _ from: PackStanding, _ to: PackStanding, _ voltage: Double?, _ bank: Double?) {
        let own = voltage.map { " at \($0.decimal(2)) V" } ?? ""
        let others = bank.map { ", the others have \($0.decimal(3)) V a cell" } ?? ""
        let text =
            switch to {
            case .joined: "pack \(pack) has joined the bank\(own)"
            case .apart: "pack \(pack) stays out of the bank\(own)\(others): its voltage must match first"
            case .absent: "pack \(pack) is lost: its share of the limits is gone"
            }
        self.init(
            to == .joined ? .notice : .warning, "pack", text,
            [
                .init("pack", .integer(pack)), .init("from", .string(from.rawValue)), .init("to", .string(to.rawValue)),
                .init("voltage_v", .init(voltage)), .init("bank_cell_v", .init(bank)),
            ])
    }

    /// What an alarm means that its name does not tell.
    private static func hint(_ kind: AlarmKind) -> String {
        kind == .limitNotObeyed ? ", more is charged than the inverter was allowed: is solar feed-in on?" : ""
    }

    static func limitsRefused(_ mismatch: VictronLimitsMismatch) -> GatewayEvent {
        .init(.error, "limits_refused", "0x351 was not sent: \(mismatch.description)")
    }

    static func transmitLost(_ lost: Bool, _ address: String) -> GatewayEvent {
        lost
            ? .init(
                .error, "can_tx_lost",
                "no frame has left \(address) for 3 s: check cable, termination, bit rate and that a GX is listening")
            : .init(.notice, "can_tx_lost_cleared", "frames leave \(address) again")
    }

    static func duplicateSender(_ found: Bool) -> GatewayEvent {
        found
            ? .init(
                .error, "duplicate_bms",
                "another device sends battery limits on this bus: charging is forbidden until it is gone for 60 s")
            : .init(.notice, "duplicate_bms_cleared", "no other sender of battery limits any more")
    }

    static func keepalive(_ state: KeepaliveWatch.State, age: Double?) -> GatewayEvent {
        let silence = age.map { "for \($0.decimal(0)) s" } ?? "since the bus was opened"
        let fields = [JSONValue.Member("age_s", .init(age))]
        return switch state {
        case .fine: .init(.notice, "keepalive", "the GX is heard (0x305)", fields)
        case .warning:
            .init(.warning, "keepalive", "nothing from the GX \(silence): profile, cable, or it is restarting", fields)
        case .alarm: .init(.error, "keepalive", "nothing from the GX \(silence)", fields)
        }
    }

    static func busOpened(_ address: String) -> GatewayEvent {
        .init(.notice, "can_open", "\(address) is open", [.init("link", .string(address))])
    }

    static func busClosed(_ address: String, _ reason: String) -> GatewayEvent {
        .init(.warning, "can_closed", "\(address) is closed: \(reason)", [.init("link", .string(address))])
    }

    static func busState(_ state: CANState, _ address: String) -> GatewayEvent {
        .init(
            state == .errorActive ? .notice : .warning, "can_state", "\(address) is \(state.rawValue)",
            [.init("state", .string(state.rawValue))])
    }

    static func busRestarted(_ address: String) -> GatewayEvent {
        .init(.notice, "can_restarted", "\(address) came back from bus-off")
    }
}
