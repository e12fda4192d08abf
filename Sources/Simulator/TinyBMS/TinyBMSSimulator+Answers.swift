import BMSProtocols

extension TinyBMSSimulator {
    /// Highest register that can be read.
    private static let lastRegister: UInt16 = 599

    /// The answer to a complete frame, good or bad.
    mutating func answer(to frame: [UInt8]) -> TinyBMSAnswer? {
        let request: TinyBMSRequest
        do throws(DecodeError) {
            request = try TinyBMSRequest.decode(frame)
        } catch {
            let code = error.code == .badChecksum ? TinyBMSAnswer.checksumRefusal : TinyBMSAnswer.commandRefusal
            return .refused(command: frame.byte(at: 1), code: code)
        }
        return reply(to: request) ?? .refused(command: request.command.rawValue, code: TinyBMSAnswer.commandRefusal)
    }

    /// The answer to a request, nil where the BMS refuses it.
    private mutating func reply(to request: TinyBMSRequest) -> TinyBMSAnswer? {
        switch request {
        case .control(let option): return control(option)
        case .readRegisters(let address, let count): return words(address, count).map(TinyBMSAnswer.registers)
        case .readBlock(let address, let count): return words(address, count).map(TinyBMSAnswer.block)
        case .readIndividual(let addresses):
            guard addresses.allSatisfy({ $0 <= Self.lastRegister }) else { return nil }
            return .individual(addresses.map { TinyBMSRegisterValue($0, word($0)) })
        case .writeBlock(let address, let values, _):
            return write(consecutive(address, values)) ? .acknowledged(command: 0x0B) : nil
        case .writeIndividual(let writes): return write(writes) ? .acknowledged(command: 0x0D) : nil
        case .writeRegisters(let address, let values):
            guard write(consecutive(address, values)) else { return nil }
            return .written(address: address, count: UInt16(saturating: Double(values.count)))
        case .newestEvents: return .newestEvents(bmsTime: counter, log.newest)
        case .allEvents: return .allEvents(bmsTime: counter, log.records)
        case .settings(let option, let count): return .settings(Array(table(option).words.prefix(count)))
        case .version, .extendedVersion: return version(isExtended: request == .extendedVersion)
        default: return measured(request)
        }
    }

    /// The single-value commands read the live registers, so that a frozen buffer freezes them too.
    private func measured(_ request: TinyBMSRequest) -> TinyBMSAnswer? {
        let live = live
        func long(_ register: Int) -> UInt32 { UInt32(live[register + 1]) << 16 | UInt32(live[register]) }
        func signed(_ register: Int) -> Int16 { Int16(bitPattern: live[register]) }
        switch request {
        case .packVoltage: return .packVoltage(Float(bitPattern: long(36)))
        case .packCurrent: return .packCurrent(Float(bitPattern: long(38)))
        case .maximumCell: return .maximumCell(live[41])
        case .minimumCell: return .minimumCell(live[40])
        case .onlineStatus: return .onlineStatus(live[50])
        case .lifetime: return .lifetime(long(32))
        case .stateOfCharge: return .stateOfCharge(long(46))
        case .temperatures: return .temperatures(internal: signed(48), external1: signed(42), external2: signed(43))
        case .cellVoltages: return .cellVoltages(Array(live[0..<min(pack.cells.count, 16)]))
        case .trip:
            return .trip(
                speed: Float(bitPattern: long(54)), distanceLeft: UInt32(live[44]), timeLeft: long(34))
        default: return nil
        }
    }

    private mutating func control(_ option: TinyBMSControl) -> TinyBMSAnswer {
        switch option {
        case .clearEvents: log.clear()
        case .clearStatistics: statistics.clear(at: counter)
        case .reset: restart()
        }
        return .acknowledged(command: 0x02)
    }

    private func table(_ option: TinyBMSSettingsOption) -> TinyBMSSettings {
        switch option {
        case .minimum: .minimum
        case .maximum: .maximum.limited(to: mostCurrent)
        case .defaults: .factory
        case .current: settings
        }
    }

    private func version(isExtended: Bool) -> TinyBMSAnswer {
        func low(_ register: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: word(register)) }
        func high(_ register: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: word(register) >> 8) }
        var version = TinyBMSVersion(
            hardware: low(500), hardwareChanges: high(500), firmwarePublic: low(501), firmwareInternal: word(502))
        guard isExtended else { return .version(version) }
        version.bootloader = low(503)
        version.registerMap = high(503)
        return .extendedVersion(version)
    }

    private func consecutive(_ address: UInt16, _ values: [UInt16]) -> [TinyBMSRegisterValue] {
        values.enumerated().map { TinyBMSRegisterValue(address &+ UInt16(truncatingIfNeeded: $0.offset), $0.element) }
    }

    /// Consecutive registers; nil when they run past the map.
    private func words(_ address: UInt16, _ count: Int) -> [UInt16]? {
        let end = Int(address) + count
        guard end <= Int(Self.lastRegister) + 1 else { return nil }
        if end <= 56 { return Array(live[Int(address)..<end]) }
        return (Int(address)..<end).map { word(UInt16(truncatingIfNeeded: $0)) }
    }
}
