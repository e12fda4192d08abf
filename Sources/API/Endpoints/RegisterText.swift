import BMSProtocols
import JSONText

extension TinyBMSRegister {
    /// The register with its value and between which values it may be, as the API shows it; values in `unit`, of choices the
    /// raw number.
    func json(in words: TinyBMSRegisterWords, _ limits: TinyBMSSettingsLimits) -> JSONValue {
        let span = limits.range(of: self)
        var members: [JSONValue.Member] = [
            .init("number", .integer(Int(number))), .init("name", .string(name)), .init("title", .string(title)),
            .init("area", "settings"), .init("unit", .string(unit)), .init("value", shown(words)),
            .init("raw", .init(raw(in: words))), .init("writable", .bool(isWritable)),
            .init("minimum", .number(Double(span.lowerBound) / scale)),
            .init("maximum", .number(Double(span.upperBound) / scale)),
            .init("default", .init(limits.standard(of: self).map { Double($0) / scale })),
            .init("limits_from", limits.isReported(self) ? "bms" : "catalogue"), .init("step", .number(1 / scale)),
            .init("restarts", .bool(marks.contains(.restarts))),
        ]
        if !choices.isEmpty {
            members.append(
                .init(
                    "choices", .object(choices.sorted { $0.key < $1.key }.map { .init(String($0), .string($1)) })))
        }
        return .object(members)
    }

    /// The value in `unit`; null where there is none.
    func shown(_ words: TinyBMSRegisterWords) -> JSONValue {
        choices.isEmpty ? .init(value(in: words)) : .init(raw(in: words))
    }

    /// The raw value of one in `unit`; nil where it falls between two.
    func raw(of value: Double) -> Int? {
        let raw = (value * scale).rounded()
        guard (value * scale - raw).magnitude < 1e-6 * max(1, raw.magnitude) else { return nil }
        return Int(exactly: raw)
    }

    private var scale: Double { choices.isEmpty ? divisor : 1 }
}

extension TinyBMSSettingsWritePlan.Refusal {
    /// The name at fault, and why.
    var problem: (field: String, sentence: String) {
        switch self {
        case .notWritable(let name): (name, "\(name) is no setting of the BMS that can be written.")
        case .twice(let name): (name, "\(name) is given twice.")
        case .outOfRange(let name, _): (name, "\(name) is outside what the BMS takes: see minimum and maximum.")
        case .notRead(let register): ("register \(register)", "Register \(register) could not be read: try again.")
        case .ladder(let lower, let upper):
            (
                Self.name(lower),
                "\(Self.name(lower)) must stay at least \(TinyBMSRegister.voltageStep) mV below \(Self.name(upper))."
            )
        }
    }

    private static func name(_ register: UInt16) -> String {
        TinyBMSRegister.settings.first { $0.number == register }?.name ?? "register \(register)"
    }
}
