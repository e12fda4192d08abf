package import JSONText

/// One line of `cellbridge decode jbd`: text in, one JSON object out, whatever the text is (contract.md 6).
package enum JBDLineDecoder {
    /// Decodes a line given as text.
    package static func decode(line: String) -> JSONValue { decode(line: Array(line.utf8)) }

    /// Decodes a line given as bytes, end of line included or not.
    package static func decode(line: [UInt8]) -> JSONValue {
        do throws(DecodeError) {
            switch try LineForm.parse(line) {
            case .answer(let bytes): return LineForm.result(try answerFields(JBDAnswer.decode(bytes), to: nil))
            case .request(let bytes): return LineForm.result(requestFields(try JBDRequest.decode(bytes)))
            case .exchange(let requestBytes, let bytes):
                let request = try asked(requestBytes)
                let answer = try JBDAnswer.decode(bytes)
                if let mismatch = request.mismatch(with: answer) { throw mismatch }
                return LineForm.result(try answerFields(answer, to: request))
            }
        } catch {
            return LineForm.result(error)
        }
    }

    // MARK: - Private

    typealias Member = JSONValue.Member

    private static func asked(_ bytes: [UInt8]) throws(DecodeError) -> JBDRequest {
        do throws(DecodeError) { return try JBDRequest.decode(bytes) } catch {
            throw DecodeError(error.code, "request: " + error.detail)
        }
    }

    private static func requestFields(_ request: JBDRequest) -> [Member] {
        var fields = [
            Member("direction", "host_to_bms"), Member("access", request.access == .read ? "read" : "write"),
            Member("register", integer(request.register)),
        ]
        fields += commandFields(request)
        if request.access == .write, JBDRegister.eeprom.contains(request.register), request.data.count == 2 {
            fields += eepromFields(request.register, request.data)
        }
        return fields
    }

    private static func answerFields(
        _ answer: JBDAnswer, to request: JBDRequest?
    ) throws(DecodeError) -> [Member] {
        var fields: [Member] = []
        fields.reserveCapacity(24)
        fields.append(Member("direction", "bms_to_host"))
        fields.append(Member("register", integer(answer.register)))
        fields.append(Member("status", integer(answer.status)))
        guard answer.status == JBDAnswer.accepted else { return fields }
        let isWritten = request.map { $0.access == .write } ?? (answer.data.isEmpty && !isRead(answer.register))
        guard !isWritten else {
            fields.append(Member("write_acknowledged", true))
            if let request { fields += commandFields(request) }
            return fields
        }
        guard JBDRegister.canHold(answer.data, in: answer.register) else {
            throw DecodeError(
                .badLength, "\(answer.data.count) bytes of data of " + hexadecimal(answer.register))
        }
        return fields + (try valueFields(answer))
    }

    /// Registers that a classic board never lets be written.
    private static func isRead(_ register: UInt8) -> Bool {
        register == JBDRegister.basicInformation || register == JBDRegister.cellVoltages
            || register == JBDRegister.hardwareName || register == JBDRegister.counters
    }

    private static func valueFields(_ answer: JBDAnswer) throws(DecodeError) -> [Member] {
        switch answer.register {
        case JBDRegister.basicInformation: return fields(of: try JBDBasicInformation(answer.data))
        case JBDRegister.cellVoltages:
            return [Member("cell_voltages_mV", .array(answer.words.map { integer($0) }))]
        case JBDRegister.hardwareName: return [Member("hardware_name", text(answer.data[...]))]
        case JBDRegister.counters: return counterFields(answer.words)
        case JBDRegister.texts:
            let names = ["manufacturer_name", "device_name", "barcode"]
            return [Member(names[Int(answer.register & 3)], text(answer.data.dropFirst()))]
        case JBDRegister.eeprom: return eepromFields(answer.register, answer.data)
        default: return [Member("data_hex", .string(digits(answer.data)))]
        }
    }

    static func integer(_ value: some FixedWidthInteger) -> JSONValue { .integer(Int(value)) }

    private static func text(_ bytes: ArraySlice<UInt8>) -> JSONValue {
        .string(String(decoding: bytes, as: UTF8.self))
    }

    private static func digits(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(2 * bytes.count)
        for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: out, as: UTF8.self)
    }
}
