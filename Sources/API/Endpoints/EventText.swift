import JSONText
import Log
import Monitoring

extension LoggedEvent {
    /// The event as the API shows it.
    var json: JSONValue {
        [
            "id": .integer(id), "code": .string(identity.code), "variant": .string(identity.variant),
            "severity": .string(severity.name), "active": .bool(isActive), "first": .moment(first),
            "last": .moment(last), "count": .integer(count), "text": .string(text), "cause": .init(cause),
            "fields": .object(fields.map { .init($0.name, $0.value.json) }), "pack": .init(identity.pack),
            "acknowledged": .bool(acknowledged != nil),
            "acknowledged_time": acknowledged.map { .moment($0) } ?? .null, "latched": .bool(isLatched),
        ]
    }

    /// What lasts, as the list of active alerts shows it.
    var alert: JSONValue {
        let reading = activity?.reading
        return [
            "id": .integer(id), "code": .string(identity.code), "variant": .string(identity.variant),
            "severity": .string((activity?.severity ?? severity).name),
            "since": .moment(activity?.since.milliseconds ?? first), "value": .init(reading?.value),
            "threshold": .init(reading?.threshold), "unit": .init(reading?.unit), "pack": .init(identity.pack),
            "latched": .bool(isLatched), "acknowledged": .bool(acknowledged != nil), "text": .string(text),
        ]
    }

    static let shape = Shape.named(
        "Event",
        .object([
            .must("id", .integer()), .must("code", .text()), .must("variant", .text()),
            .must("severity", .word(severities)), .must("active", .bool), .must("first", .time), .must("last", .time),
            .must("count", .integer()), .must("text", .text()), .must("cause", .remark),
            .must("fields", .map(.anything)), .must("pack", .count), .must("acknowledged", .bool),
            .must("acknowledged_time", .nullable(.time)), .must("latched", .bool),
        ]))

    static let alertShape = Shape.named(
        "Alert",
        .object([
            .must("id", .integer()), .must("code", .text()), .must("variant", .text()),
            .must("severity", .word(severities)), .must("since", .time), .must("value", .measurement),
            .must("threshold", .measurement), .must("unit", .remark), .must("pack", .count), .must("latched", .bool),
            .must("acknowledged", .bool), .must("text", .text()),
        ]))

    static let severities = EventSeverity.allCases.map(\.name)
}

extension EventField.Value {
    fileprivate var json: JSONValue {
        switch self {
        case .unknown: .null
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        case .flag(let flag): .bool(flag)
        }
    }
}

extension JSONValue {
    /// Unix milliseconds as RFC 3339.
    static func moment(_ milliseconds: Int64) -> JSONValue {
        .string(UTCTime(milliseconds: milliseconds).description)
    }
}
