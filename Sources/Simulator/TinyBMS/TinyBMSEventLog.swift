import BMSProtocols

/// The event log of a TinyBMS: the newest 49 records, oldest first.
struct TinyBMSEventLog: Sendable, Hashable {
    static let capacity = 49
    /// How many records "newest events" hands out; no paper says.
    static let newestCount = 10

    private(set) var records: [TinyBMSEventRecord] = []

    var newest: [TinyBMSEventRecord] { Array(records.suffix(Self.newestCount)) }

    /// Adds a record at a moment of the running counter, seconds.
    mutating func append(_ identifier: UInt8, at counter: UInt32) {
        if records.count >= Self.capacity { records.removeFirst(records.count - Self.capacity + 1) }
        records.append(TinyBMSEventRecord(timestamp: counter, identifier: identifier))
    }

    mutating func clear() { records.removeAll(keepingCapacity: true) }

    /// The word of a register of 200...299.
    func word(_ register: UInt16) -> UInt16 {
        let offset = Int(register) - 200
        guard offset >= 0, records.indices.contains(offset / 2) else { return 0 }
        let record = records[offset / 2]
        if offset.isMultiple(of: 2) { return UInt16(truncatingIfNeeded: record.timestamp) }
        return UInt16(truncatingIfNeeded: record.timestamp >> 16) & 0xFF | UInt16(record.identifier) << 8
    }

    /// The identifier of what happened in the pack (tinybms.md 12).
    static func identifier(of event: PackEvent) -> UInt8 {
        switch event {
        case .chargerConnected: 0x64
        case .chargerDisconnected: 0x65
        case .chargingStarted: 0x62
        case .chargingDone: 0x63
        case .cutOff(let cutOff):
            switch cutOff {
            case .underVoltage: 0x02
            case .overVoltage: 0x03
            case .overTemperature: 0x04
            case .dischargeOverCurrent: 0x05
            case .chargeOverCurrent: 0x06
            case .lowTemperature: 0x0A
            case .chargeSwitchError: 0x0B
            case .dischargeSwitchError: 0x0C
            case .fullyDischarged: 0x31
            case .lowTemperatureCharge: 0x37
            }
        case .recovered(let cutOff):
            switch cutOff {
            case .underVoltage: 0x7B
            case .overVoltage: 0x79
            case .overTemperature: 0x73
            case .dischargeOverCurrent: 0x77
            case .chargeOverCurrent: 0x76
            case .lowTemperature: 0x75
            case .fullyDischarged: 0x7A
            case .lowTemperatureCharge: 0x74
            // Never ends without a restart.
            case .chargeSwitchError, .dischargeSwitchError: 0x61
            }
        }
    }
}
