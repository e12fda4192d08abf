import Battery

/// The rows for names, numbers and capacities: what hardly changes.
extension VictronMapping {
    /// 0x35E, 0x35F, 0x370, 0x371, 0x379 to 0x382.
    static let identityRows: [VictronMappingRow] = [
        .text(.manufacturer, "manufacturer", from: "VictronIdentity.manufacturer") {
            $0.identity.manufacturer.isEmpty ? nil : $0.identity.manufacturer
        },
        .number(.model, "model", from: "constant", "0: Victron does not use it") { _ in 0 },
        .number(
            .firmware, "firmware", from: "PackIdentity.firmwareCode, else VictronIdentity.firmware",
            "Major and minor byte, big-endian"
        ) { source in Double(source.battery.identity?.firmwareCode ?? source.identity.firmware) },
        .number(
            .onlineCapacity, "online capacity", from: "BatteryPicture.onlineCapacity", "Packs that are online"
        ) { $0.battery.onlineCapacity },
        .text(.batteryNameFirst, "battery name, first half", from: "VictronIdentity.batteryName") {
            sendsBatteryName($0.identity.batteryName) ? $0.identity.batteryName : nil
        },
        .text(.batteryNameSecond, "battery name, second half", from: "VictronIdentity.batteryName", first: 8) {
            sendsBatteryName($0.identity.batteryName) ? $0.identity.batteryName : nil
        },
        .number(
            .installedCapacity, "installed capacity", from: "BatteryPicture.installedCapacity",
            "As configured, all packs; not sent while it is 0"
        ) { $0.battery.installedCapacity > 0 ? $0.battery.installedCapacity : nil },
        .text(
            .serialFirst, "serial number, first half", from: "VictronIdentity.serial, else PackIdentity.serial",
            "The last 16 characters of a longer one"
        ) { serial($0) },
        .text(
            .serialSecond, "serial number, second half", from: "VictronIdentity.serial, else PackIdentity.serial",
            first: 8, "Sent even when empty"
        ) { serial($0) },
        .text(.family, "battery family", from: "VictronIdentity.family") {
            $0.identity.family.isEmpty ? nil : $0.identity.family
        },
    ]

    // MARK: - Private

    private static func serial(_ source: VictronSource) -> String? {
        guard let serial = source.identity.serial ?? source.battery.identity?.serial else { return nil }
        let text = VictronText.last(16, of: serial)
        return text.isEmpty ? nil : text
    }
}
