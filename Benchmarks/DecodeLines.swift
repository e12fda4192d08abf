import BMSProtocols
import FoundationEssentials

/// Lines for `decode`, by family: the golden vectors where they are at hand, else one line of each weight.
struct DecodeLines: Sendable {
    /// One line and what it is called.
    struct Line: Sendable {
        var name: String
        var text: [UInt8]
    }

    /// Word of `cellbridge decode`.
    let family: String
    let lines: [Line]

    /// Each family from its file in a folder; without one, those that have lines of their own.
    static func families(vectors folder: String) -> [DecodeLines] {
        let others = [("jbd", "jbd"), ("daly", "daly"), ("daly-modbus", "daly_modbus"), ("jk", "jk")]
        return [
            DecodeLines(family: "tinybms", lines: vectors(folder + "/tinybms.json", tinyBMS) ?? builtInTinyBMS),
            DecodeLines(family: "victron", lines: vectors(folder + "/victron-can.json", victron) ?? builtInVictron),
        ]
            + others.compactMap { family, file in
                exchanges(folder + "/\(file).json").map { DecodeLines(family: family, lines: $0) }
            }
    }

    // MARK: - Private

    private struct Vector: Decodable {
        struct Decoded: Decodable {
            var kind: String?
            var direction: String?
            var can_id: String?
        }

        var name: String
        var hex: String
        var decoded: Decoded
    }

    private static func vectors(_ path: String, _ line: (Vector) -> String?) -> [Line]? {
        let text = Bare.text(of: path)
        guard let vectors = try? JSONDecoder().decode([Vector].self, from: Data(text.utf8)) else { return nil }
        return vectors.compactMap { vector in
            line(vector).map { Line(name: vector.name, text: Array($0.utf8)) }
        }
    }

    private struct Exchange: Decodable {
        var name: String
        var request_hex: String?
        var response_hex: String
    }

    private static func exchanges(_ path: String) -> [Line]? {
        guard let all = try? JSONDecoder().decode([Exchange].self, from: Data(Bare.text(of: path).utf8)) else {
            return nil
        }
        return all.map { one in
            let request = one.request_hex.map { $0 + " > " } ?? ""
            return Line(name: one.name, text: Array((request + one.response_hex).utf8))
        }
    }

    private static func tinyBMS(_ vector: Vector) -> String? {
        // Register words, streams and broadcast text are for unit tests.
        guard vector.decoded.kind ?? "frame" == "frame" else { return nil }
        let hex = vector.hex.filter { $0 != " " }
        return vector.decoded.direction == "host_to_bms" ? hex + " >" : hex
    }

    private static func victron(_ vector: Vector) -> String? {
        vector.decoded.can_id.map { $0.dropFirst(2) + "#" + vector.hex.filter { $0 != " " } }
    }

    private static var builtInTinyBMS: [Line] {
        var device = BatteryDevice()
        let records = (0..<49).map { TinyBMSEventRecord(timestamp: UInt32(1000 + $0), identifier: 0x61) }
        return [
            hexadecimal("read 56 registers", TinyBMSLiveBlock.request.bytes, " >"),
            hexadecimal("56 registers", device.answer(to: TinyBMSLiveBlock.request)),
            hexadecimal("49 events", TinyBMSAnswer.allEvents(bmsTime: 2000, records).bytes),
            hexadecimal("pack voltage", TinyBMSAnswer.packVoltage(52.81).bytes),
        ]
    }

    private static let builtInVictron: [Line] = [
        Line(name: "limits", text: Array("351#4802E803DC05C001".utf8)),
        Line(name: "measurements", text: Array("356#C8149CFFFA00".utf8)),
        Line(name: "alarms", text: Array("35A#AAAAAAAAAAAAAAAA".utf8)),
    ]

    private static func hexadecimal(_ name: String, _ bytes: [UInt8], _ end: String = "") -> Line {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
        return Line(name: name, text: Array((digits.joined() + end).utf8))
    }
}
