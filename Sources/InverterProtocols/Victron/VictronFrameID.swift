/// Every identifier that is seen on a bus with a GX device and a managed battery (protocols/victron-can.md 2, 3).
///
/// All are 11-bit. The raw value is the identifier.
package enum VictronFrameID: UInt16, Sendable, Hashable, CaseIterable {
    // From the GX.
    case keepalive = 0x305
    case presenceEcho = 0x306
    case inverterIdentity = 0x307
    // From the battery: required.
    case limits = 0x351
    case charge = 0x355
    case measurements = 0x356
    case alarms = 0x35A
    // From the battery: identity and details.
    case manufacturer = 0x35E
    case product = 0x35F
    case chargeRequest = 0x360
    case batteryNameFirst = 0x370
    case batteryNameSecond = 0x371
    case modules = 0x372
    case cellExtremes = 0x373
    case lowestCellName = 0x374
    case highestCellName = 0x375
    case coldestSensorName = 0x376
    case warmestSensorName = 0x377
    case energy = 0x378
    case installedCapacity = 0x379
    case serialFirst = 0x380
    case serialSecond = 0x381
    case family = 0x382
    // Other makes: recognised, never sent.
    case proprietary = 0x354
    case pylontechAlarms = 0x359
    case events = 0x35B
    case pylontechFlags = 0x35C

    /// Who puts a frame on the bus.
    package enum Sender: String, Sendable, Hashable {
        case gx
        case battery
        /// A battery of another make; this gateway never sends it.
        case foreignBattery = "foreign_battery"
    }

    /// Who puts this frame on the bus.
    package var sender: Sender {
        switch self {
        case .keepalive, .presenceEcho, .inverterIdentity: .gx
        case .proprietary, .pylontechAlarms, .events, .pylontechFlags: .foreignBattery
        default: .battery
        }
    }

    /// What the frame carries, as a heading.
    package var title: String {
        switch self {
        case .keepalive: "keepalive of the GX"
        case .presenceEcho: "sent by the GX while a battery is present"
        case .inverterIdentity: "identification of the GX"
        case .limits: "limits"
        case .charge: "state of charge and health"
        case .measurements: "voltage, current, temperature"
        case .alarms: "alarms and warnings"
        case .manufacturer: "manufacturer"
        case .product: "model, firmware, online capacity"
        case .chargeRequest: "request for an immediate charge"
        case .batteryNameFirst: "battery name, characters 1 to 8"
        case .batteryNameSecond: "battery name, characters 9 to 16"
        case .modules: "module counts"
        case .cellExtremes: "extreme cell voltages and temperatures"
        case .lowestCellName: "name of the lowest cell"
        case .highestCellName: "name of the highest cell"
        case .coldestSensorName: "name of the coldest sensor"
        case .warmestSensorName: "name of the warmest sensor"
        case .energy: "energy counters"
        case .installedCapacity: "installed capacity"
        case .serialFirst: "serial number, characters 1 to 8"
        case .serialSecond: "serial number, characters 9 to 16"
        case .family: "battery family"
        case .proprietary: "LG specific"
        case .pylontechAlarms: "Pylontech protections and warnings"
        case .events: "SMA events"
        case .pylontechFlags: "Pylontech enable flags"
        }
    }

    /// The identifier as documents write it: `0x351`.
    package var text: String { "0x" + String(rawValue, radix: 16, uppercase: true) }
}
