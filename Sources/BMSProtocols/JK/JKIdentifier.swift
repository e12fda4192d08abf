/// Names of the values of the `NW` protocol, and how many bytes each takes. Source: jk.md 1.2.
package enum JKIdentifier {
    package static let cells: UInt8 = 0x79
    package static let switchTemperature: UInt8 = 0x80
    package static let boxTemperature: UInt8 = 0x81
    package static let batteryTemperature: UInt8 = 0x82
    package static let packVoltage: UInt8 = 0x83
    package static let current: UInt8 = 0x84
    package static let stateOfCharge: UInt8 = 0x85
    package static let sensorCount: UInt8 = 0x86
    package static let cycles: UInt8 = 0x87
    package static let cycledCapacity: UInt8 = 0x89
    package static let cellCount: UInt8 = 0x8A
    package static let alarms: UInt8 = 0x8B
    package static let status: UInt8 = 0x8C
    package static let packOverVoltage: UInt8 = 0x8E
    package static let packUnderVoltage: UInt8 = 0x8F
    package static let cellOverVoltage: UInt8 = 0x90
    package static let cellUnderVoltage: UInt8 = 0x93
    package static let cellDifference: UInt8 = 0x96
    package static let dischargeOverCurrent: UInt8 = 0x97
    package static let chargeOverCurrent: UInt8 = 0x99
    package static let balanceStart: UInt8 = 0x9B
    package static let chargeOverTemperature: UInt8 = 0xA3
    package static let dischargeOverTemperature: UInt8 = 0xA4
    package static let chargeUnderTemperature: UInt8 = 0xA5
    package static let cellCountSetting: UInt8 = 0xA9
    package static let capacity: UInt8 = 0xAA
    package static let chargeSwitch: UInt8 = 0xAB
    package static let dischargeSwitch: UInt8 = 0xAC
    package static let boardAddress: UInt8 = 0xAE
    package static let password: UInt8 = 0xB2
    package static let softwareVersion: UInt8 = 0xB7
    package static let manufacturer: UInt8 = 0xBA
    package static let protocolVersion: UInt8 = 0xC0

    /// The lowest and the highest identifier.
    static let all: ClosedRange<UInt8> = cells...protocolVersion

    /// Bytes of a value's data; nil for an identifier that no paper names, behind which nothing can be read. The cells
    /// bring their own length.
    package static func width(of identifier: UInt8) -> Int? {
        switch identifier {
        case 0x85, 0x86, 0x9D, 0xA9, 0xAB, 0xAC, 0xAE, 0xAF, 0xB1, 0xB3, 0xB8, 0xC0: 1
        case 0x80...0x84, 0x87, 0x8A...0x8C, 0x8E...0x9C, 0x9E...0xA8, 0xAD, 0xB0: 2
        case 0x89, 0xAA, 0xB5, 0xB6, 0xB9: 4
        case 0xB4: 8
        case password: 10
        case softwareVersion: 15
        case manufacturer: 24
        default: nil
        }
    }
}
