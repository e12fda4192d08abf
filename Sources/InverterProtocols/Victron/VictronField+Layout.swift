/// The layout of every numeric field (protocols/victron-can.md 3).
extension VictronField {
    // 0x351. Limits are never negative (S25) and are rounded down (S26).
    /// Charge voltage limit, V.
    package static let chargeVoltageLimit = VictronField(
        .limits, at: 0, .unsigned16, countsPerUnit: 10, unit: "V", rounding: .down, clamp: 0.1...6553.5)
    /// Charge current limit, A.
    package static let chargeCurrentLimit = VictronField(
        .limits, at: 2, .signed16, countsPerUnit: 10, unit: "A", rounding: .down, clamp: 0...3276.7)
    /// Discharge current limit, A, positive too.
    package static let dischargeCurrentLimit = VictronField(
        .limits, at: 4, .signed16, countsPerUnit: 10, unit: "A", rounding: .down, clamp: 0...3276.7)
    /// Discharge voltage limit, V.
    package static let dischargeVoltageLimit = VictronField(
        .limits, at: 6, .unsigned16, countsPerUnit: 10, unit: "V")

    // 0x355
    /// State of charge, whole percent.
    package static let stateOfCharge = VictronField(.charge, at: 0, .unsigned16, unit: "%", clamp: 0...100)
    /// State of health, whole percent.
    package static let stateOfHealth = VictronField(.charge, at: 2, .unsigned16, unit: "%", clamp: 0...100)
    /// State of charge in hundredths of a percent.
    package static let fineStateOfCharge = VictronField(
        .charge, at: 4, .unsigned16, countsPerUnit: 100, unit: "%", clamp: 0...100)

    // 0x356
    /// Pack voltage, V.
    package static let voltage = VictronField(.measurements, at: 0, .signed16, countsPerUnit: 100, unit: "V")
    /// Pack current, A, positive while charging.
    package static let current = VictronField(.measurements, at: 2, .signed16, countsPerUnit: 10, unit: "A")
    /// Battery temperature, °C.
    package static let temperature = VictronField(.measurements, at: 4, .signed16, countsPerUnit: 10, unit: "°C")

    // 0x35F
    /// Model number; two letters in some makes.
    package static let model = VictronField(.product, at: 0, .unsigned16, unit: "")
    /// Firmware, major and minor byte: big-endian.
    package static let firmware = VictronField(.product, at: 2, .bigEndian16, unit: "")
    /// Capacity of the packs that are online, Ah.
    package static let onlineCapacity = VictronField(.product, at: 4, .unsigned16, unit: "Ah")

    // 0x360
    /// 0xFF asks for an immediate charge.
    package static let chargeRequest = VictronField(.chargeRequest, at: 0, .unsigned8, unit: "")

    // 0x372
    /// Modules online.
    package static let modulesOnline = VictronField(.modules, at: 0, .unsigned16, unit: "")
    /// Modules that block charging; 0xFFFF is not supported.
    package static let modulesBlockingCharge = VictronField(.modules, at: 2, .unsigned16, unit: "")
    /// Modules that block discharging; 0xFFFF is not supported.
    package static let modulesBlockingDischarge = VictronField(.modules, at: 4, .unsigned16, unit: "")
    /// Modules offline.
    package static let modulesOffline = VictronField(.modules, at: 6, .unsigned16, unit: "")

    // 0x373. Temperatures are whole Kelvin, °C + 273; 0 and 0xFFFF mean "not available" and are never written.
    /// Lowest cell, V.
    package static let minimumCell = VictronField(
        .cellExtremes, at: 0, .unsigned16, countsPerUnit: 1000, unit: "V")
    /// Highest cell, V.
    package static let maximumCell = VictronField(
        .cellExtremes, at: 2, .unsigned16, countsPerUnit: 1000, unit: "V")
    /// Coldest sensor, °C.
    package static let minimumTemperature = VictronField(
        .cellExtremes, at: 4, .unsigned16, bias: 273, unit: "°C", clamp: -272...65261)
    /// Warmest sensor, °C.
    package static let maximumTemperature = VictronField(
        .cellExtremes, at: 6, .unsigned16, bias: 273, unit: "°C", clamp: -272...65261)

    // 0x378: counters of 100 Wh.
    /// Energy charged, Wh.
    package static let chargedEnergy = VictronField(.energy, at: 0, .unsigned32, countsPerUnit: 0.01, unit: "Wh")
    /// Energy discharged, Wh.
    package static let dischargedEnergy = VictronField(.energy, at: 4, .unsigned32, countsPerUnit: 0.01, unit: "Wh")

    // 0x379
    /// Installed capacity, Ah.
    package static let installedCapacity = VictronField(.installedCapacity, at: 0, .unsigned16, unit: "Ah")
}
