package import Battery

/// The last look at an encoded 0x351 before it leaves (S26).
///
/// It reads the bytes with arithmetic of its own, not with the table that wrote them: a fault in the table would
/// otherwise agree with itself.
package struct VictronLimitsCheck: Sendable, Hashable {
    /// Highest charge voltage the configuration allows for all packs, V.
    package var maximumChargeVoltage: Double
    /// Highest charge current the configuration allows for all packs, A.
    package var maximumChargeCurrent: Double
    /// Highest discharge current the configuration allows for all packs, A.
    package var maximumDischargeCurrent: Double

    /// Creates a check against the configured maxima: V, A, A.
    package init(maximumChargeVoltage: Double, maximumChargeCurrent: Double, maximumDischargeCurrent: Double) {
        self.maximumChargeVoltage = maximumChargeVoltage
        self.maximumChargeCurrent = maximumChargeCurrent
        self.maximumDischargeCurrent = maximumDischargeCurrent
    }

    /// What is wrong with a frame; nil when it says what was decided and no more than the configuration allows.
    package func mismatch(_ frame: VictronFrame, decision: Decision) -> VictronLimitsMismatch? {
        guard frame.identifier == 0x351 else { return .wrongIdentifier(frame.identifier) }
        let data = frame.data
        guard data.count == 8 else { return .wrongLength(data.count) }
        let chargeVoltage = Double(UInt16(data[0]) | UInt16(data[1]) << 8) / 10
        let chargeCurrent = Double(Int16(bitPattern: UInt16(data[2]) | UInt16(data[3]) << 8)) / 10
        let dischargeCurrent = Double(Int16(bitPattern: UInt16(data[4]) | UInt16(data[5]) << 8)) / 10
        let dischargeVoltage = Double(UInt16(data[6]) | UInt16(data[7]) << 8) / 10
        guard chargeVoltage > 0 else { return .zeroChargeVoltage }
        if decision.stage >= .noCharge && chargeCurrent != 0 {
            return .forbiddenByStage(.chargeCurrent, sent: chargeCurrent, decision.stage)
        }
        if decision.stage >= .stop && dischargeCurrent != 0 {
            return .forbiddenByStage(.dischargeCurrent, sent: dischargeCurrent, decision.stage)
        }
        return compare(.chargeVoltage, chargeVoltage, decision.chargeVoltage.value, maximumChargeVoltage, wire: 6553.5)
            ?? compare(.chargeCurrent, chargeCurrent, decision.chargeCurrent.value, maximumChargeCurrent, wire: 3276.7)
            ?? compare(
                .dischargeCurrent, dischargeCurrent, decision.dischargeCurrent.value, maximumDischargeCurrent,
                wire: 3276.7)
            ?? compareDischargeVoltage(dischargeVoltage, decision.dischargeVoltage)
    }

    // MARK: - Private

    /// A millionth of a count, for binary fractions that are not quite tenths.
    private static let slack = 1e-6

    private func compare(
        _ limit: VictronLimitsMismatch.Name, _ sent: Double, _ decided: Double, _ maximum: Double, wire: Double
    ) -> VictronLimitsMismatch? {
        guard sent >= 0 else { return .negative(limit, sent: sent) }
        // Written so that a NaN anywhere fails.
        guard sent <= maximum + Self.slack else { return .aboveMaximum(limit, sent: sent, maximum: maximum) }
        let expected = min(max(decided, 0), wire)
        // Rounded down: less than one count below. The last term is half of what the encoder forgives binary fractions.
        guard sent <= expected + Self.slack, sent + 0.1 > expected + 5e-8 else {
            return .differs(limit, sent: sent, decided: decided)
        }
        return nil
    }

    private func compareDischargeVoltage(_ sent: Double, _ decided: Double) -> VictronLimitsMismatch? {
        guard (sent - min(max(decided, 0), 6553.5)).magnitude <= 0.05 + Self.slack else {
            return .differs(.dischargeVoltage, sent: sent, decided: decided)
        }
        return nil
    }
}

/// Why an encoded 0x351 must not leave.
package enum VictronLimitsMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which limit; the raw value is its name in API and log.
    package enum Name: String, Sendable, Hashable {
        case chargeVoltage = "cvl"
        case chargeCurrent = "ccl"
        case dischargeCurrent = "dcl"
        case dischargeVoltage = "dvl"
    }

    case wrongIdentifier(UInt16)
    case wrongLength(Int)
    /// CVL = 0 makes an inverter discharge the battery hard.
    case zeroChargeVoltage
    case negative(Name, sent: Double)
    case aboveMaximum(Name, sent: Double, maximum: Double)
    case differs(Name, sent: Double, decided: Double)
    /// A current that the age of the data forbids.
    case forbiddenByStage(Name, sent: Double, FreshnessStage)

    /// One line for the log.
    package var description: String {
        switch self {
        case .wrongIdentifier(let identifier): "frame 0x\(String(identifier, radix: 16)) is not 0x351"
        case .wrongLength(let length): "0x351 has \(length) bytes"
        case .zeroChargeVoltage: "0x351 says cvl 0"
        case .negative(let name, let sent): "0x351 says \(name.rawValue) \(sent): negative"
        case .aboveMaximum(let name, let sent, let maximum):
            "0x351 says \(name.rawValue) \(sent): configured maximum \(maximum)"
        case .differs(let name, let sent, let decided): "0x351 says \(name.rawValue) \(sent): decided \(decided)"
        case .forbiddenByStage(let name, let sent, let stage):
            "0x351 says \(name.rawValue) \(sent): forbidden in stage \(stage.rawValue)"
        }
    }
}
