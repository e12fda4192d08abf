/// What the battery calls itself on the bus (`can.identity.*`).
///
/// The GX shows 0x370/0x371 before anything else, and treats a name that it knows in a way of its own: so it is a name
/// of one's own, longer than eight characters so that 0x370/0x371 carry it, and 0x35E holds its beginning, because the
/// two must agree (protocols/victron-can.md 7).
package struct VictronIdentity: Sendable, Hashable {
    /// 0x35E, at most 8 ASCII characters.
    package var manufacturer: String
    /// 0x370 and 0x371, at most 16 ASCII characters; with 8 or fewer both frames are left out.
    package var batteryName: String
    /// 0x382, at most 8 ASCII characters.
    package var family: String
    /// 0x380 and 0x381; nil takes the serial number of the BMS. Of a longer one the last 16 characters travel.
    package var serial: String?
    /// Firmware of the gateway, major and minor byte, for 0x35F where the BMS tells none.
    package var firmware: UInt16

    /// The first eight characters of the default name, so that the two agree.
    package static let defaultManufacturer = "Cellbrid"
    /// The name that the GX shows.
    package static let defaultBatteryName = "Cellbridge"
    /// What 0x382 says unless configured.
    package static let defaultFamily = "Gateway"

    /// Creates an identity; `validate` tells whether it may be used.
    package init(
        manufacturer: String = defaultManufacturer, batteryName: String = defaultBatteryName,
        family: String = defaultFamily, serial: String? = nil, firmware: UInt16 = 0x0100
    ) {
        self.manufacturer = manufacturer
        self.batteryName = batteryName
        self.family = family
        self.serial = serial
        self.firmware = firmware
    }

    /// Everything that is wrong with this identity; empty when it may be used.
    package func validate() -> [VictronIdentityProblem] {
        var problems: [VictronIdentityProblem] = []
        check(.manufacturer, manufacturer, limit: 8, &problems)
        check(.batteryName, batteryName, limit: 16, &problems)
        check(.family, family, limit: 8, &problems)
        // With eight characters or fewer only 0x35E is sent, so there is nothing to agree with.
        if VictronMapping.sendsBatteryName(batteryName), !manufacturer.isEmpty,
            !batteryName.lowercased().hasPrefix(manufacturer.lowercased())
        {
            problems.append(.namesDisagree(manufacturer: manufacturer, batteryName: batteryName))
        }
        return problems
    }

    // MARK: - Private

    private func check(
        _ part: VictronIdentityProblem.Part, _ text: String, limit: Int, _ problems: inout [VictronIdentityProblem]
    ) {
        if part == .manufacturer && text.isEmpty { problems.append(.empty(part)) }
        if VictronText.printable(text).count != text.utf8.count { problems.append(.notASCII(part)) }
        if text.utf8.count > limit { problems.append(.tooLong(part, limit: limit)) }
        if let brand = VictronBrand.recognised(in: text) { problems.append(.supportedBrand(part, brand)) }
    }
}

/// Why an identity may not be used.
package enum VictronIdentityProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The part of the identity that is wrong.
    package enum Part: String, Sendable, Hashable {
        case manufacturer
        case batteryName = "battery_name"
        case family

        /// The configuration key behind it.
        package var key: String { "can.identity." + rawValue }
    }

    case empty(Part)
    case notASCII(Part)
    case tooLong(Part, limit: Int)
    case supportedBrand(Part, VictronBrand)
    case namesDisagree(manufacturer: String, batteryName: String)

    /// One line for people.
    package var description: String {
        switch self {
        case .empty(let part): "\(part.key) is empty"
        case .notASCII(let part): "\(part.key) holds characters other than printable ASCII, which the GX drops"
        case .tooLong(let part, let limit): "\(part.key) is longer than \(limit) characters"
        case .supportedBrand(let part, let brand):
            "\(part.key) would be taken for \(brand.name): the GX treats that make in its own way"
                + (brand.quirk.isEmpty ? "" : " (\(brand.quirk))")
        case .namesDisagree(let manufacturer, let batteryName):
            "can.identity.battery_name \"\(batteryName)\" must begin with can.identity.manufacturer "
                + "\"\(manufacturer)\": the GX expects 0x35E and 0x370 to agree"
        }
    }
}
