import BMSProtocols
import InverterProtocols
import JSONText
import Links

/// What is on the wires, for people.
enum FrameText {
    /// `351`, or eight digits of a 29-bit identifier.
    static func identifier(_ frame: CANFrame) -> String {
        let text = String(frame.identifier, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, (frame.isExtended ? 8 : 3) - text.count)) + text
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { text, byte in
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16, uppercase: true)
        }
    }

    /// What a frame carries, as a heading.
    static func title(_ frame: CANFrame) -> String { known(frame)?.title ?? "not part of the protocol" }

    /// Exactly what `decode victron` says.
    static func fields(_ frame: CANFrame) -> [JSONValue.Member] {
        known(frame).map { VictronLineDecoder.fields(of: $0, frame.data) } ?? []
    }

    /// A frame in one line.
    static func text(_ frame: CANFrame) -> String {
        guard let id = known(frame) else { return "not part of the protocol" }
        let values = fields(frame).dropFirst(4).map { "\($0.name) \(plain($0.value))" }
        return values.isEmpty ? id.title : id.title + ": " + values.joined(separator: ", ")
    }

    /// Bytes of a BMS in one line, of whatever family they are; empty where they are no whole frame of any.
    static func text(bms bytes: [UInt8], sent: Bool) -> String {
        let line = Array((hexadecimal(bytes) + (sent ? " >" : "")).utf8)
        for family in SpokenFamily.all {
            guard case .object(let members) = family.decodeLine(line),
                let fields = members.first(where: { $0.name == "fields" }), case .object(let values) = fields.value
            else { continue }
            return values.filter { $0.name != "crc_ok" && $0.name != "direction" }.prefix(12)
                .map { "\($0.name) \(plain($0.value))" }.joined(separator: ", ")
        }
        return ""
    }

    private static func known(_ frame: CANFrame) -> VictronFrameID? {
        guard !frame.isExtended else { return nil }
        return UInt16(exactly: frame.identifier).flatMap(VictronFrameID.init(rawValue:))
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): return text
        case .object(let members):
            let said = members.filter { $0.value != "ok" && $0.value != "unsupported" && $0.value != .null }
            return said.isEmpty ? "-" : said.map { "\($0.name) \(plain($0.value))" }.joined(separator: " ")
        default:
            let text = value.text
            return text.utf8.count > 120 ? String(text.prefix(120)) + "…" : text
        }
    }
}
