/// Frame 0x351, what the charger and the inverter obey. Nil: the frame was too short to tell.
package struct VictronLimits: Sendable, Hashable {
    /// CVL, V, 0...6553.5.
    package var chargeVoltage: Double?
    /// CCL, A. Positive when well formed; a negative one is shown as received.
    package var chargeCurrent: Double?
    /// DCL, A, positive too when well formed.
    package var dischargeCurrent: Double?
    /// DVL, V, 0...6553.5.
    package var dischargeVoltage: Double?

    package init(
        chargeVoltage: Double?, chargeCurrent: Double?, dischargeCurrent: Double?, dischargeVoltage: Double?
    ) {
        self.chargeVoltage = chargeVoltage
        self.chargeCurrent = chargeCurrent
        self.dischargeCurrent = dischargeCurrent
        self.dischargeVoltage = dischargeVoltage
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        chargeVoltage = VictronField.chargeVoltageLimit.value(in: data)
        chargeCurrent = VictronField.chargeCurrentLimit.value(in: data)
        dischargeCurrent = VictronField.dischargeCurrentLimit.value(in: data)
        dischargeVoltage = VictronField.dischargeVoltageLimit.value(in: data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        VictronPayload.bytes([
            (.chargeVoltageLimit, chargeVoltage), (.chargeCurrentLimit, chargeCurrent),
            (.dischargeCurrentLimit, dischargeCurrent), (.dischargeVoltageLimit, dischargeVoltage),
        ])
    }
}

/// Frame 0x355.
package struct VictronCharge: Sendable, Hashable {
    /// Percent, 0...100.
    package var stateOfCharge: Double?
    /// Percent, 0...100.
    package var stateOfHealth: Double?
    /// Percent with two decimals; nil in frames of four bytes.
    package var fineStateOfCharge: Double?

    package init(stateOfCharge: Double?, stateOfHealth: Double?, fineStateOfCharge: Double?) {
        self.stateOfCharge = stateOfCharge
        self.stateOfHealth = stateOfHealth
        self.fineStateOfCharge = fineStateOfCharge
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        stateOfCharge = VictronField.stateOfCharge.value(in: data)
        stateOfHealth = VictronField.stateOfHealth.value(in: data)
        fineStateOfCharge = VictronField.fineStateOfCharge.value(in: data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        VictronPayload.bytes(
            [
                (.stateOfCharge, stateOfCharge), (.stateOfHealth, stateOfHealth),
                (.fineStateOfCharge, fineStateOfCharge),
            ], length: 8)
    }
}

/// Frame 0x356.
package struct VictronMeasurements: Sendable, Hashable {
    /// V.
    package var voltage: Double?
    /// A, positive while charging.
    package var current: Double?
    /// °C.
    package var temperature: Double?

    package init(voltage: Double?, current: Double?, temperature: Double?) {
        self.voltage = voltage
        self.current = current
        self.temperature = temperature
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        voltage = VictronField.voltage.value(in: data)
        current = VictronField.current.value(in: data)
        temperature = VictronField.temperature.value(in: data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        VictronPayload.bytes([(.voltage, voltage), (.current, current), (.temperature, temperature)], length: 8)
    }
}

/// Frame 0x35F.
package struct VictronProduct: Sendable, Hashable {
    /// The two bytes of the model number as they stand; letters in some makes.
    package var model: [UInt8]
    /// Major byte high, minor byte low.
    package var firmware: UInt16?
    /// Ah; 0 is unused.
    package var onlineCapacity: Double?

    package init(model: [UInt8] = [0, 0], firmware: UInt16?, onlineCapacity: Double?) {
        self.model = model
        self.firmware = firmware
        self.onlineCapacity = onlineCapacity
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        model = Array(data.prefix(2))
        firmware = VictronField.firmware.count(in: data).map { UInt16(truncatingIfNeeded: $0) }
        onlineCapacity = VictronField.onlineCapacity.value(in: data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        var data = VictronPayload.bytes(
            [(.model, 0), (.firmware, firmware.map(Double.init)), (.onlineCapacity, onlineCapacity)], length: 8)
        for (position, byte) in model.prefix(2).enumerated() where position < data.count { data[position] = byte }
        return data
    }
}

/// Frame 0x372. Nil: the frame was too short, or the sender marks the count as not supported.
package struct VictronModules: Sendable, Hashable {
    /// Modules online.
    package var online: Int?
    /// Modules that block charging.
    package var blockingCharge: Int?
    /// Modules that block discharging.
    package var blockingDischarge: Int?
    /// Modules offline.
    package var offline: Int?

    package init(online: Int?, blockingCharge: Int?, blockingDischarge: Int?, offline: Int?) {
        self.online = online
        self.blockingCharge = blockingCharge
        self.blockingDischarge = blockingDischarge
        self.offline = offline
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        online = VictronField.modulesOnline.count(in: data).map(Int.init)
        blockingCharge = Self.supported(VictronField.modulesBlockingCharge.count(in: data))
        blockingDischarge = Self.supported(VictronField.modulesBlockingDischarge.count(in: data))
        offline = VictronField.modulesOffline.count(in: data).map(Int.init)
    }

    /// The bytes; unknown blocking counts as "not supported".
    package var data: [UInt8] {
        VictronPayload.bytes([
            (.modulesOnline, Double(online ?? 0)), (.modulesBlockingCharge, Double(blockingCharge ?? 0xFFFF)),
            (.modulesBlockingDischarge, Double(blockingDischarge ?? 0xFFFF)), (.modulesOffline, Double(offline ?? 0)),
        ])
    }

    private static func supported(_ count: Int64?) -> Int? { count == 0xFFFF ? nil : count.map(Int.init) }
}

/// Frame 0x373.
package struct VictronCellExtremes: Sendable, Hashable {
    /// V.
    package var minimumCell: Double?
    /// V.
    package var maximumCell: Double?
    /// °C in whole Kelvin steps; nil when marked as not available.
    package var minimumTemperature: Double?
    /// °C in whole Kelvin steps; nil when marked as not available.
    package var maximumTemperature: Double?

    package init(
        minimumCell: Double?, maximumCell: Double?, minimumTemperature: Double?, maximumTemperature: Double?
    ) {
        self.minimumCell = minimumCell
        self.maximumCell = maximumCell
        self.minimumTemperature = minimumTemperature
        self.maximumTemperature = maximumTemperature
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        minimumCell = VictronField.minimumCell.value(in: data)
        maximumCell = VictronField.maximumCell.value(in: data)
        minimumTemperature = Self.available(.minimumTemperature, data)
        maximumTemperature = Self.available(.maximumTemperature, data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        VictronPayload.bytes([
            (.minimumCell, minimumCell), (.maximumCell, maximumCell),
            (.minimumTemperature, minimumTemperature), (.maximumTemperature, maximumTemperature),
        ])
    }

    private static func available(_ field: VictronField, _ data: [UInt8]) -> Double? {
        guard let count = field.count(in: data), count != 0, count != 0xFFFF else { return nil }
        return field.value(in: data)
    }
}

/// Frame 0x378.
package struct VictronEnergy: Sendable, Hashable {
    /// Wh, in steps of 100.
    package var charged: Double?
    /// Wh, in steps of 100.
    package var discharged: Double?

    package init(charged: Double?, discharged: Double?) {
        self.charged = charged
        self.discharged = discharged
    }

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        charged = VictronField.chargedEnergy.value(in: data)
        discharged = VictronField.dischargedEnergy.value(in: data)
    }

    /// The bytes; the frame ends before the first unknown value.
    package var data: [UInt8] {
        VictronPayload.bytes([(.chargedEnergy, charged), (.dischargedEnergy, discharged)])
    }
}

/// What the payloads share.
enum VictronPayload {
    /// The fields one after the other; the first unknown one ends the frame before it. With all known, `length` bytes.
    static func bytes(_ fields: [(VictronField, Double?)], length: Int? = nil) -> [UInt8] {
        var data: [UInt8] = Array(repeating: 0, count: 8)
        for (field, value) in fields where !field.put(value, into: &data) {
            return Array(data.prefix(field.offset))
        }
        let end = fields.last.map { $0.0.offset + $0.0.width.bytes } ?? 0
        return Array(data.prefix(length ?? end))
    }
}
