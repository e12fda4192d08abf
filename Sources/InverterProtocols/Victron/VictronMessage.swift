/// A frame with its meaning: every identifier of the protocol, both directions.
///
/// Decoding is total: any data of at most eight bytes gives a message; what a short frame does not hold is nil.
package enum VictronMessage: Sendable, Hashable {
    /// 0x305 with its content, which only newer GX firmware fills, in an unpublished layout.
    case keepalive([UInt8])
    case presenceEcho([UInt8])
    /// 0x307: the text in bytes 4 to 6, "VIC".
    case inverterIdentity([UInt8])
    case limits(VictronLimits)
    case charge(VictronCharge)
    case measurements(VictronMeasurements)
    case alarms(VictronAlarms)
    case product(VictronProduct)
    /// 0x360: whether the battery asks for an immediate charge; nil when the frame is empty.
    case chargeRequest(Bool?)
    case modules(VictronModules)
    case cellExtremes(VictronCellExtremes)
    case energy(VictronEnergy)
    /// 0x379, Ah.
    case installedCapacity(Double?)
    /// 0x35E, 0x370, 0x371, 0x374 to 0x377, 0x380 to 0x382.
    case text(VictronFrameID, String)
    case pylontechAlarms(PylontechAlarms)
    case pylontechFlags(PylontechFlags?)
    /// 0x354 and 0x35B: recognised, content unused.
    case foreign(VictronFrameID, [UInt8])

    /// Content of 0x307 as every GX sends it.
    package static let inverterIdentityBytes: [UInt8] = [0x12, 0x34, 0x56, 0x78, 0x56, 0x49, 0x43, 0x00]

    /// Reads a frame; nil for an identifier that the protocol does not know.
    package init?(_ frame: VictronFrame) {
        guard let id = frame.id else { return nil }
        self.init(id, frame.data)
    }

    /// Reads the data of a frame whose identifier is known.
    package init(_ id: VictronFrameID, _ data: [UInt8]) {
        switch id {
        case .keepalive: self = .keepalive(data)
        case .presenceEcho: self = .presenceEcho(data)
        case .inverterIdentity: self = .inverterIdentity(data)
        case .limits: self = .limits(VictronLimits(decoding: data))
        case .charge: self = .charge(VictronCharge(decoding: data))
        case .measurements: self = .measurements(VictronMeasurements(decoding: data))
        case .alarms: self = .alarms(VictronAlarms(decoding: data))
        case .product: self = .product(VictronProduct(decoding: data))
        case .chargeRequest: self = .chargeRequest(VictronField.chargeRequest.count(in: data).map { $0 == 0xFF })
        case .modules: self = .modules(VictronModules(decoding: data))
        case .cellExtremes: self = .cellExtremes(VictronCellExtremes(decoding: data))
        case .energy: self = .energy(VictronEnergy(decoding: data))
        case .installedCapacity: self = .installedCapacity(VictronField.installedCapacity.value(in: data))
        case .manufacturer, .batteryNameFirst, .batteryNameSecond, .lowestCellName, .highestCellName,
            .coldestSensorName, .warmestSensorName, .serialFirst, .serialSecond, .family:
            self = .text(id, VictronText.text(in: data))
        case .pylontechAlarms: self = .pylontechAlarms(PylontechAlarms(decoding: data))
        case .pylontechFlags: self = .pylontechFlags(data.first.map(PylontechFlags.init(rawValue:)))
        case .proprietary, .events: self = .foreign(id, data)
        }
    }

    /// The frame that says this; nil for frames of other makes, which are never sent.
    package var frame: VictronFrame? {
        switch self {
        case .keepalive(let data): VictronFrame(.keepalive, data)
        case .presenceEcho(let data): VictronFrame(.presenceEcho, data)
        case .inverterIdentity(let data): VictronFrame(.inverterIdentity, data)
        case .limits(let limits): VictronFrame(.limits, limits.data)
        case .charge(let charge): VictronFrame(.charge, charge.data)
        case .measurements(let measurements): VictronFrame(.measurements, measurements.data)
        case .alarms(let alarms): VictronFrame(.alarms, alarms.bytes)
        case .product(let product): VictronFrame(.product, product.data)
        case .chargeRequest(let wanted):
            VictronFrame(.chargeRequest, wanted.map { [$0 ? 0xFF : 0] + Array(repeating: 0, count: 7) } ?? [])
        case .modules(let modules): VictronFrame(.modules, modules.data)
        case .cellExtremes(let extremes): VictronFrame(.cellExtremes, extremes.data)
        case .energy(let energy): VictronFrame(.energy, energy.data)
        case .installedCapacity(let capacity):
            VictronFrame(
                .installedCapacity, VictronPayload.bytes([(.installedCapacity, capacity)], length: 8))
        case .text(let id, let text): VictronFrame(id, VictronText.bytes(of: text))
        case .pylontechAlarms, .pylontechFlags, .foreign: nil
        }
    }
}
