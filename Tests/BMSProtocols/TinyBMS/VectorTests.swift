import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS golden vectors` {
    @Test func `the file has all its vectors`() {
        #expect(Vector.all.count == 112)
        #expect(Set(Vector.all.map(\.kind)) == ["frame", "register_words", "broadcast_text", "stream"])
    }

    @Test(arguments: Vector.all(of: "frame")) func `decode prints what the vector says`(vector: Vector) throws {
        let line = vector.hex + (vector.isRequest ? " >" : "")
        let got = try TinyBMSLineDecoder.decode(line: line).read()
        if vector.isRejected {
            #expect(got["ok"] == .bool(false))
            #expect(got["error"] == .string("bad_checksum"))
            return
        }
        #expect(got["ok"] == .bool(true))
        for (name, want) in vector.decoded where !Vector.aboutTheVector.contains(name) {
            #expect(got["fields"][name].agrees(with: want), "\(name): want \(want)")
        }
    }

    @Test(arguments: Vector.all(of: "frame").filter { !$0.isRejected && !$0.isRequest })
    func `an answer built from its decoded form is the same bytes`(vector: Vector) throws {
        #expect(try TinyBMSAnswer.decode(vector.bytes).bytes == vector.bytes)
    }

    @Test(arguments: Vector.all(of: "frame").filter { !$0.isRejected && $0.isRequest })
    func `a request built from its decoded form is the same bytes`(vector: Vector) throws {
        #expect(try TinyBMSRequest.decode(vector.bytes).bytes == vector.bytes)
    }

    @Test(arguments: Vector.all(of: "frame")) func `every truncation is refused and says why`(vector: Vector) {
        for length in 0..<vector.bytes.count {
            let cut = Array(vector.bytes.prefix(length))
            #expect(throws: DecodeError.self) { try TinyBMSAnswer.decode(cut) }
            #expect(throws: DecodeError.self) { try TinyBMSRequest.decode(cut) }
        }
    }

    /// Names that the vectors of register words use for what the catalogue calls otherwise, by first register.
    static let aliases: [String: [Int: String]] = [
        "values_V": [0: "cell_voltages_V"],
        "seconds": [32: "lifetime_s", 34: "time_left_s", 116: "statistics_cleared_s"],
        "volts": [36: "pack_voltage_V"], "amps": [38: "pack_current_A"],
        "f32": [36: "pack_voltage_V", 38: "pack_current_A"], "min_mV": [40: "min_cell_mV"],
        "max_mV": [40: "max_cell_mV"], "external1": [42: "external1_C"], "external2": [42: "external2_C"],
        "percent": [46: "soc_percent"], "celsius": [48: "internal_C"], "min_C": [113: "min_temperature_C"],
        "max_C": [113: "max_temperature_C"], "profile": [500: "profile"],
    ]

    @Test(arguments: Vector.all(of: "register_words"))
    func `the catalogue reads the registers of a real unit`(vector: Vector) throws {
        guard case .number(let number) = vector.decoded["first_register"] else { return }
        let first = Int(number)
        let bytes = vector.bytes
        let words = TinyBMSRegisterWords(
            first: UInt16(first), stride(from: 0, to: bytes.count, by: 2).map { bytes.big16(at: $0) })
        let got = try JSONValue.object(words.members).read()
        let ignored: Set = ["kind", "first_register", "word_order", "note", "meaning"]
        for (name, want) in vector.decoded where !ignored.contains(name) {
            switch name {
            case "u32": #expect(words.long(at: UInt16(first)).map { JSONTree.number(Double($0)) } == want)
            case "raw_i16": #expect(words.words.map { Int16(bitPattern: $0) } == [.min, .min])
            case "last_reset": #expect(got["last_reset"] == .string("unknown"))
            case "last_wakeup": #expect(got["last_wakeup"] == .string("UART communication"))
            case "events":
                let events = try #require(TinyBMSLineDecoder.eventRegisters(words))
                #expect(try events.read().agrees(with: want))
            case "names":
                let names = TinyBMSEventRecord.records(in: words).compactMap { TinyBMSEvent.all[$0.identifier]?.name }
                #expect(JSONTree.array(names.map(JSONTree.string)) == want)
            default:
                let member = Self.aliases[name]?[first] ?? name
                #expect(
                    got[member].agrees(with: want), "\(name): want \(want), got \(got[member])")
            }
        }
        if first == 328 { #expect(got.member("soc_preset_percent") == .null) }
    }

    @Test(arguments: Vector.all(of: "broadcast_text"))
    func `broadcast text is read field by field`(vector: Vector) throws {
        let got = try JSONValue.object(TinyBMSBroadcast.decode(vector.bytes + [0x0D, 0x0A])).read()
        for (name, want) in vector.decoded where !Vector.aboutTheVector.union(["line_terminator"]).contains(name) {
            #expect(got[name].agrees(with: want), "\(name): want \(want)")
        }
        #expect(TinyBMSStreamParser().received(vector.bytes).isEmpty)
    }

    @Test(arguments: Vector.all(of: "stream")) func `the stream yields the frames it holds`(vector: Vector) throws {
        let frames = try TinyBMSStreamParser().received(vector.bytes).map { try TinyBMSAnswer.decode($0) }
        let want: [TinyBMSAnswer]
        switch vector.name {
        case "stream_two_frames_back_to_back": want = [.onlineStatus(0x97), .maximumCell(3990)]
        case "stream_truncated_frame": want = []
        default: want = [.onlineStatus(0x97)]
        }
        #expect(frames == want)
        // Byte by byte it must be the same.
        var parser = TinyBMSStreamParser()
        let single = try vector.bytes.flatMap { parser.receive([$0]) }.map { try TinyBMSAnswer.decode($0) }
        #expect(single == want)
    }
}

extension TinyBMSStreamParser {
    /// What a fresh parser makes of bytes that arrive at once.
    func received(_ bytes: [UInt8]) -> [[UInt8]] {
        var parser = self
        return parser.receive(bytes)
    }
}
