import JSONText

/// The fields of the single registers.
extension JBDLineDecoder {
    static func fields(of information: JBDBasicInformation) -> [Member] {
        let closed = information.closedSwitches
        var fields = [
            Member("pack_voltage_mV", .integer(10 * Int(information.voltage))),
            Member("current_mA", .integer(10 * Int(information.current))),
            Member("residual_capacity_mAh", .integer(10 * Int(information.remainingCapacity))),
            Member("nominal_capacity_mAh", .integer(10 * Int(information.fullCapacity))),
            Member("cycle_count", integer(information.cycles)),
            Member("production_date_iso", date(information.productionDate)),
            Member("balancing_cells", .array(bits(information.balancing) { .integer($0 + 1) })),
            Member("protection_bits", integer(information.protections.rawValue)),
            Member("protections", .array(bits(UInt32(information.protections.rawValue)) { protectionNames[$0] })),
            Member("software_version", versions[Int(information.version)]),
            Member("state_of_charge_percent", integer(information.stateOfCharge)),
            Member("charge_fet_on", .bool(closed.contains(.charge))),
            Member("discharge_fet_on", .bool(closed.contains(.discharge))),
            Member("cell_count", integer(information.cellCount)),
            Member("ntc_count", .integer(information.temperatures.count)),
            Member("temperatures_decidegC", .array(information.temperatures.map(celsius))),
        ]
        let tail = information.tail
        guard tail.count >= JBDBasicInformation.tailLength else { return fields }
        fields += [
            Member("tail_humidity_percent", integer(tail.byte(at: 0))),
            Member("tail_alarm_bits", integer(tail.big16(at: 1))),
            Member("tail_full_charge_capacity_mAh", .integer(10 * Int(tail.big16(at: 3)))),
            Member("tail_remaining_capacity_mAh", .integer(10 * Int(tail.big16(at: 5)))),
            Member("tail_balance_current_raw", integer(tail.big16(at: 7))),
        ]
        return fields
    }

    /// Some boards send one more word, whose meaning nobody knows (jbd.md 6).
    static func counterFields(_ words: [UInt16]) -> [Member] {
        var fields = zip(JBDCounters.names, words).map { Member($0, integer($1)) }
        if words.count > JBDCounters.names.count {
            fields.append(Member("trailing_u16_raw", integer(words[JBDCounters.names.count])))
        }
        return fields
    }

    static func eepromFields(_ number: UInt8, _ data: [UInt8]) -> [Member] {
        guard let register = JBDRegister.eeprom(number) else { return [] }
        let raw = data.big16(at: 0)
        switch register.form {
        case .unsigned(let factor): return [Member(register.name, .integer(factor * Int(raw)))]
        case .signed(let factor): return [Member(register.name, .integer(factor * Int(Int16(bitPattern: raw))))]
        case .temperature: return [Member(register.name, celsius(raw))]
        case .date: return [Member(register.name, date(raw))]
        case .packed: return [Member(register.name, integer(raw))]
        }
    }

    /// What a write of 0xE1 asks of the switches; of the other writes their data say nothing that has a name.
    static func commandFields(_ request: JBDRequest) -> [Member] {
        guard request.access == .write, request.register == JBDRegister.switches, request.data.count == 2 else {
            return []
        }
        let held = JBDHeldSwitches(rawValue: request.data.byte(at: 1))
        return [
            Member("charge_fet_commanded_on", .bool(!held.contains(.charge))),
            Member("discharge_fet_commanded_on", .bool(!held.contains(.discharge))),
        ]
    }

    // MARK: - Private

    private static func celsius(_ raw: UInt16) -> JSONValue { .integer(Int(raw) - JBDBasicInformation.freezing) }

    /// `2022-03-28`; also of days that no calendar has.
    private static func date(_ raw: UInt16) -> JSONValue {
        let date = JBDBasicInformation.date(raw)
        var out: [UInt8] = [UInt8(ascii: "2")]
        func append(_ number: Int, places: Int) {
            var scale = places == 3 ? 100 : 10
            for _ in 0..<places {
                out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / scale % 10))
                scale /= 10
            }
        }
        append(date.year - 2000, places: 3)
        out.append(UInt8(ascii: "-"))
        append(date.month, places: 2)
        out.append(UInt8(ascii: "-"))
        append(date.day, places: 2)
        return .string(String(decoding: out, as: UTF8.self))
    }

    private static func bits(_ word: UInt32, _ value: (Int) -> JSONValue) -> [JSONValue] {
        guard word != 0 else { return [] }
        return (0..<32).filter { word >> UInt32($0) & 1 != 0 }.map(value)
    }

    private static let protectionNames = JBDProtections.names.map { JSONValue.string($0) }

    /// High nibble, dot, low nibble (jbd.md 11), by version byte.
    private static let versions = (0...255).map { JSONValue.string("\($0 >> 4).\($0 & 15)") }
}
