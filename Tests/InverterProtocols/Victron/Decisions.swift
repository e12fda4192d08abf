import Battery
import InverterProtocols

/// Decisions for tests.
enum Decisions {
    static let origin = Instant(sinceBoot: .seconds(1_000_000))

    /// A live 16-cell pack with everything known.
    static func live(
        cvl: Double = 55.2, ccl: Double = 100, dcl: Double = 120, stage: FreshnessStage = .live
    ) -> Decision {
        Decision(
            made: origin, evidence: origin, stage: stage, mode: .bulk,
            chargeVoltage: Limit(value: cvl, contributions: []), chargeCurrent: Limit(value: ccl, contributions: []),
            dischargeCurrent: Limit(value: dcl, contributions: []), dischargeVoltage: 46.4, battery: picture(),
            alarms: AlarmSet(), events: [], transmits: stage.transmits)
    }

    static func picture() -> BatteryPicture {
        var picture = BatteryPicture()
        picture.voltage = 55.78
        picture.current = 18.5
        picture.stateOfCharge = 83.55
        picture.stateOfHealth = 98
        picture.temperature = 9.7
        picture.minimumCell = .init(pack: 1, number: 3, volts: 3.287)
        picture.maximumCell = .init(pack: 1, number: 12, volts: 3.301)
        picture.minimumTemperature = .init(pack: 1, name: "NTC1", celsius: -5)
        picture.maximumTemperature = .init(pack: 1, name: "NTC2", celsius: 2)
        picture.installedCapacity = 314
        picture.onlineCapacity = 314
        picture.modulesOnline = 1
        picture.chargedEnergy = 211_249
        picture.dischargedEnergy = 183_500
        picture.identity = PackIdentity(family: "tinybms", serial: "TB000123", firmwareCode: 0x0102)
        return picture
    }

    static let identity = VictronIdentity()

    /// The bytes of one frame, nil when it is not sent.
    static func bytes(
        _ id: VictronFrameID, _ decision: Decision, _ identity: VictronIdentity = identity
    ) -> [UInt8]? {
        VictronMapping.frame(id, from: decision, identity: identity)?.data
    }
}

/// Bytes written as documents write them.
func hex(_ text: String) -> [UInt8] { text.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
