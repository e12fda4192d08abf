package import JSONText

/// `cellbridge decode victron`: one line in, one JSON object out (contract.md 6).
package enum VictronLineDecoder {
    /// Decodes one line: `{"ok":true,"fields":{…}}`, or `{"ok":false,"error":CODE,"detail":TEXT}`. Never fails.
    package static func decode(_ line: some Collection<UInt8>) -> JSONValue {
        do throws(CANLine.Refusal) {
            let frame = try CANLine(line).frame
            guard let id = frame.id else {
                throw CANLine.Refusal(
                    .unexpectedCommand,
                    "identifier 0x\(String(frame.identifier, radix: 16, uppercase: true)) is not part of the protocol")
            }
            return .object([.init("ok", true), .init("fields", .object(fields(of: id, frame.data)))])
        } catch {
            return .object([
                .init("ok", false), .init("error", .string(error.failure.rawValue)),
                .init("detail", .string(error.detail)),
            ])
        }
    }

    /// Decodes one line of text.
    package static func decode(_ line: String) -> JSONValue { decode(line.utf8) }

    /// The fields of a frame, named as in the vectors.
    package static func fields(of id: VictronFrameID, _ data: [UInt8]) -> [JSONValue.Member] {
        var fields: [JSONValue.Member] = [
            .init("can_id", .string(id.text)), .init("dlc", .integer(data.count)),
            .init("direction", .string(id.sender == .gx ? "gx_to_bms" : "bms_to_gx")),
            .init("meaning", .string(id.title)),
        ]
        fields.reserveCapacity(12)
        append(VictronMessage(id, data), data, to: &fields)
        return fields
    }

    // MARK: - Private

    private static func append(_ message: VictronMessage, _ data: [UInt8], to fields: inout [JSONValue.Member]) {
        switch message {
        case .limits(let limits):
            known("cvl_V", limits.chargeVoltage, &fields)
            known("ccl_A", limits.chargeCurrent, &fields)
            known("dcl_A", limits.dischargeCurrent, &fields)
            known("dvl_V", limits.dischargeVoltage, &fields)
        case .charge(let charge):
            known("soc_percent", charge.stateOfCharge, &fields)
            known("soh_percent", charge.stateOfHealth, &fields)
            known("soc_hires_percent", charge.fineStateOfCharge, &fields)
        case .measurements(let measurements):
            known("voltage_V", measurements.voltage, &fields)
            known("current_A", measurements.current, &fields)
            known("temperature_C", measurements.temperature, &fields)
        case .alarms(let alarms): append(alarms, to: &fields)
        case .product(let product): append(product, to: &fields)
        case .modules: appendModules(data, to: &fields)
        case .cellExtremes: appendExtremes(data, to: &fields)
        case .energy:
            // kWh from the count itself: dividing watt-hours by a thousand would add a digit of noise.
            known("energy_in_kWh", VictronField.chargedEnergy.count(in: data).map { Double($0) / 10 }, &fields)
            known("energy_out_kWh", VictronField.dischargedEnergy.count(in: data).map { Double($0) / 10 }, &fields)
        case .installedCapacity(let capacity): known("installed_Ah", capacity, &fields)
        case .text(_, let text): fields.append(.init("text", .string(text)))
        case .chargeRequest(let wanted): fields.append(.init("immediate_charge", JSONValue(wanted)))
        case .inverterIdentity(let data):
            fields.append(.init("text", .string(VictronText.text(in: Array(data.dropFirst(4))))))
        case .pylontechAlarms(let alarms):
            fields.append(.init("flavour", "Pylontech LV"))
            known("protections", alarms.protections.map(Double.init), &fields)
            known("warnings", alarms.warnings.map(Double.init), &fields)
            known("module_count", alarms.modules.map(Double.init), &fields)
            fields.append(.init("text", .string(alarms.mark)))
        case .pylontechFlags(let flags): append(flags, to: &fields)
        case .keepalive, .presenceEcho, .foreign: fields.append(.init("raw", .string(hexadecimal(data))))
        }
    }

    private static func append(_ alarms: VictronAlarms, to fields: inout [JSONValue.Member]) {
        let items = VictronAlarmItem.allCases
        fields.append(.init("alarms", .object(items.map { .init($0.name, .string(alarms[alarm: $0].word)) })))
        fields.append(.init("warnings", .object(items.map { .init($0.name, .string(alarms[warning: $0].word)) })))
        let pair: JSONValue
        let status: JSONValue
        switch alarms.systemStatus {
        case .unsupported: (pair, status) = ("00 (bit2,bit3)", .null)
        case .active: (pair, status) = ("10 (bit2,bit3)", "offline")
        case .ok: (pair, status) = ("01 (bit2,bit3)", "online")
        case .ignored: (pair, status) = ("11 (bit2,bit3)", .null)
        }
        fields.append(.init("system_status_pair", pair))
        fields.append(.init("system_status", status))
    }

    private static func append(_ product: VictronProduct, to fields: inout [JSONValue.Member]) {
        if product.model.count == 2 {
            fields.append(.init("model_bytes", .string(hexadecimal(product.model))))
            if product.model.allSatisfy({ (0x21...0x7E).contains($0) }) {
                fields.append(.init("model_ascii", .string(String(decoding: product.model, as: UTF8.self))))
            }
        }
        if let firmware = product.firmware {
            let bytes = [UInt8(firmware >> 8), UInt8(firmware & 0xFF)]
            fields.append(.init("firmware_be", .string("0x" + hexadecimal(bytes[0]) + hexadecimal(bytes[1]))))
            // The makes do not agree on the minor byte: BYD's 0x17 is "17". The hexadecimal word above is the truth.
            fields.append(.init("firmware_text", .string("v\(bytes[0])." + hexadecimal(bytes[1]))))
        }
        known("online_capacity_Ah", product.onlineCapacity, &fields)
    }

    private static func appendModules(_ data: [UInt8], to fields: inout [JSONValue.Member]) {
        // As they stand: 0xFFFF is shown as 65535, "not supported".
        known("modules_ok", VictronField.modulesOnline.value(in: data), &fields)
        known("blocking_charge", VictronField.modulesBlockingCharge.value(in: data), &fields)
        known("blocking_discharge", VictronField.modulesBlockingDischarge.value(in: data), &fields)
        known("offline", VictronField.modulesOffline.value(in: data), &fields)
    }

    private static func appendExtremes(_ data: [UInt8], to fields: inout [JSONValue.Member]) {
        let extremes = VictronCellExtremes(decoding: data)
        known("min_cell_mV", VictronField.minimumCell.count(in: data).map(Double.init), &fields)
        known("max_cell_mV", VictronField.maximumCell.count(in: data).map(Double.init), &fields)
        guard data.count > 4 else { return }
        fields.append(.init("min_temp_K", JSONValue(extremes.minimumTemperature.map { $0 + 273 })))
        fields.append(.init("max_temp_K", JSONValue(extremes.maximumTemperature.map { $0 + 273 })))
        fields.append(.init("min_temp_C", JSONValue(extremes.minimumTemperature)))
        fields.append(.init("max_temp_C", JSONValue(extremes.maximumTemperature)))
    }

    private static func append(_ flags: PylontechFlags?, to fields: inout [JSONValue.Member]) {
        fields.append(.init("flavour", "Pylontech LV"))
        guard let flags else { return }
        fields.append(.init("charge_enable", .bool(flags.contains(.chargeEnable))))
        fields.append(.init("discharge_enable", .bool(flags.contains(.dischargeEnable))))
        fields.append(.init("force_charge_1", .bool(flags.contains(.forceChargeOne))))
        fields.append(.init("force_charge_2", .bool(flags.contains(.forceChargeTwo))))
        fields.append(.init("full_charge_request", .bool(flags.contains(.fullChargeRequest))))
    }

    /// A field that a short frame may not have.
    private static func known(_ name: String, _ value: Double?, _ fields: inout [JSONValue.Member]) {
        if let value { fields.append(.init(name, .number(value))) }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map(hexadecimal).joined(separator: " ") }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
