/// Values as what they mean. Source: jk.md 1.2 and 3.
extension JKAnswer {
    /// How the current is written: 0 in old firmware, which does not tell it. Nil where it cannot be known, because the list
    /// broke off before the place where it stands.
    package var protocolVersion: UInt8? { byte(JKIdentifier.protocolVersion) ?? (isComplete ? 0 : nil) }

    /// mA, positive while charging; nil where the way in which it is written is not known.
    package var milliamperes: Int? {
        guard let raw = word(JKIdentifier.current), let version = protocolVersion else { return nil }
        switch version {
        case 0: return (10_000 - Int(raw)) * 10
        case 1: return Int(raw & 0x7FFF) * (raw & 0x8000 == 0 ? -10 : 10)
        default: return nil
        }
    }

    /// °C: 0...100 as they are, 101...140 are −1...−40; nil outside.
    package func celsius(_ identifier: UInt8) -> Int? { word(identifier).flatMap(Self.celsius) }

    static func celsius(_ raw: UInt16) -> Int? {
        switch raw {
        case 0...100: Int(raw)
        case 101...140: 100 - Int(raw)
        default: nil
        }
    }

    /// What register 8C says.
    package var status: JKStatus? { word(JKIdentifier.status).map(JKStatus.init) }
}

/// Bits of identifier 8C.
package struct JKStatus: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let chargeSwitch = JKStatus(rawValue: 1 << 0)
    package static let dischargeSwitch = JKStatus(rawValue: 1 << 1)
    package static let balancing = JKStatus(rawValue: 1 << 2)
    /// The battery dropped off.
    package static let offline = JKStatus(rawValue: 1 << 3)
}

/// Bits of identifier 8B.
package struct JKAlarms: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let lowCapacity = JKAlarms(rawValue: 1 << 0)
    package static let switchOverTemperature = JKAlarms(rawValue: 1 << 1)
    package static let packOverVoltage = JKAlarms(rawValue: 1 << 2)
    package static let packUnderVoltage = JKAlarms(rawValue: 1 << 3)
    package static let batteryOverTemperature = JKAlarms(rawValue: 1 << 4)
    package static let chargeOverCurrent = JKAlarms(rawValue: 1 << 5)
    package static let dischargeOverCurrent = JKAlarms(rawValue: 1 << 6)
    package static let cellDifference = JKAlarms(rawValue: 1 << 7)
    package static let boxOverTemperature = JKAlarms(rawValue: 1 << 8)
    package static let batteryUnderTemperature = JKAlarms(rawValue: 1 << 9)
    package static let cellOverVoltage = JKAlarms(rawValue: 1 << 10)
    package static let cellUnderVoltage = JKAlarms(rawValue: 1 << 11)
    /// "309_A" and "309_B" protection: the measuring chips.
    package static let chipA = JKAlarms(rawValue: 1 << 12)
    package static let chipB = JKAlarms(rawValue: 1 << 13)
    /// Bits that no paper names.
    package static let unknown = JKAlarms(rawValue: 0b11 << 14)
}
