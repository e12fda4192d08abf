import BMSProtocols
import Testing

@testable import Simulator

/// A TinyBMS on a quiet pack whose wire time a test moves by hand.
struct TinyBench {
    var bms: TinyBMSSimulator
    var now = Duration.zero
    var demand = 0.0

    init(seed: UInt64 = 1, change: (inout PackParameters) -> Void = { _ in }) {
        var parameters = PackParameters()
        parameters.voltageNoise = 0
        parameters.currentNoise = 0
        change(&parameters)
        bms = TinyBMSSimulator(parameters, seed: seed)
        _ = wait(.milliseconds(100))
    }

    /// Lets time pass in ticks of 100 ms and returns what came by itself.
    mutating func wait(_ duration: Duration) -> [Transmission] {
        var out: [Transmission] = []
        let end = now + duration
        while now < end {
            let step = min(.milliseconds(100), end - now)
            now += step
            out += bms.advance(to: now, by: step, demand: demand)
        }
        return out
    }

    mutating func send(_ bytes: [UInt8]) -> [[UInt8]] {
        bms.receive(bytes, at: now).map(\.bytes)
    }

    /// The decoded answer to one request; nil for silence or anything but one frame.
    mutating func ask(_ request: TinyBMSRequest) -> TinyBMSAnswer? { ask(bytes: request.bytes) }

    mutating func ask(bytes: [UInt8]) -> TinyBMSAnswer? {
        let answers = send(bytes)
        guard answers.count == 1, let frame = answers.first else { return nil }
        do throws(DecodeError) {
            let answer = try TinyBMSAnswer.decode(frame)
            return answer.bytes == frame ? answer : nil
        } catch { return nil }
    }

    mutating func words(_ address: UInt16, _ count: Int) -> [UInt16] {
        guard case .registers(let words) = ask(.readRegisters(address: address, count: count)) else { return [] }
        return words
    }

    mutating func events() -> [UInt8] {
        guard case .allEvents(_, let records) = ask(.allEvents) else { return [] }
        return records.map(\.identifier)
    }
}

/// A frame with a valid checksum around a body.
func sealed(_ body: [UInt8]) -> [UInt8] {
    var bytes = [0xAA] + body
    CRC16.seal(&bytes)
    return bytes
}

@Suite(.timeLimit(.minutes(1))) struct TinyBMSSimulatorTests {
    static let everyRequest: [TinyBMSRequest] = [
        .control(.clearEvents), .control(.clearStatistics), .control(.reset), .readRegisters(address: 0, count: 56),
        .readRegisters(address: 5, count: 5), .readRegisters(address: 200, count: 98),
        .readRegisters(address: 300, count: 44), .readRegisters(address: 500, count: 10),
        .readRegisters(address: 0, count: 127), .readBlock(address: 300, count: 31), .readBlock(address: 36, count: 4),
        .readIndividual([36, 37, 38, 39, 40, 41, 46, 47, 48, 50, 51, 52, 260]),
        .writeBlock(address: 300, values: [3650, 2800], countsAddress: true),
        .writeBlock(address: 300, values: [3650, 2800], countsAddress: false),
        .writeIndividual([TinyBMSRegisterValue(300, 3650), TinyBMSRegisterValue(301, 2800)]),
        .writeRegisters(address: 315, values: [3700, 2500]), .newestEvents, .allEvents, .packVoltage, .packCurrent,
        .maximumCell, .minimumCell, .onlineStatus, .lifetime, .stateOfCharge, .temperatures, .cellVoltages,
        .settings(.minimum, count: 44), .settings(.maximum, count: 44), .settings(.defaults, count: 100),
        .settings(.current, count: 1), .version, .extendedVersion, .trip,
    ]

    @Test(arguments: everyRequest)
    func `every command gets its own answer, which the codec reads and builds alike`(request: TinyBMSRequest) throws {
        var bench = TinyBench()
        let got = bench.ask(request)
        let answer = try #require(got)
        if request.isAcknowledged {
            #expect(answer == .acknowledged(command: request.command.rawValue))
        } else {
            #expect(answer.command == request.command.rawValue)
            if case .refused = answer { Issue.record("refused \(request)") }
        }
    }

    @Test func `an answer leaves one millisecond after its request`() {
        var bench = TinyBench()
        #expect(bench.bms.receive(TinyBMSRequest.packVoltage.bytes, at: bench.now).map(\.delay) == [.milliseconds(1)])
    }

    @Test func `single values agree with the live registers`() {
        var bench = TinyBench { $0.chargeSpread = 2 }
        bench.demand = -20
        _ = bench.wait(.seconds(5))
        let live = TinyBMSRegisterWords(first: 0, bench.words(0, 56))
        func float(_ register: UInt16) -> Float { Float(bitPattern: live.long(at: register) ?? 0) }
        #expect(bench.ask(.packVoltage) == .packVoltage(float(36)))
        #expect(bench.ask(.packCurrent) == .packCurrent(float(38)))
        #expect(float(38) == -20)
        #expect(bench.ask(.minimumCell) == .minimumCell(live[40] ?? 0))
        #expect(bench.ask(.maximumCell) == .maximumCell(live[41] ?? 0))
        #expect(bench.ask(.onlineStatus) == .onlineStatus(TinyBMSStatus.discharging.rawValue))
        #expect(bench.ask(.lifetime) == .lifetime(bench.bms.counter))
        #expect(bench.ask(.stateOfCharge) == .stateOfCharge(live.long(at: 46) ?? 0))
        #expect(bench.ask(.cellVoltages) == .cellVoltages(Array(live.words[0..<16])))
        #expect(
            bench.ask(.temperatures)
                == .temperatures(
                    internal: Int16(bitPattern: live[48] ?? 0), external1: Int16(bitPattern: live[42] ?? 0),
                    external2: Int16(bitPattern: live[43] ?? 0)))
        let cells = live.words[0..<16].map { Double($0) / 10_000 }
        #expect(abs(cells.reduce(0, +) - Double(float(36))) < 0.001)
        #expect(abs(Int(live[40] ?? 0) - Int((cells.min() ?? 0) * 1000)) <= 1)
        #expect(live[45] == 50_000)
        #expect(live[53] == 16)
        #expect((live.long(at: 34) ?? 0) > 0)
    }

    @Test func `fewer cells leave the other slots at zero and shorten the cell list`() {
        var bench = TinyBench { $0.cells = 8 }
        #expect(bench.words(8, 8) == [UInt16](repeating: 0, count: 8))
        #expect(bench.words(53, 1) == [8])
        #expect(bench.words(307, 1) == [8])
        guard case .cellVoltages(let words) = bench.ask(.cellVoltages) else { return #expect(Bool(false)) }
        #expect(words.count == 8)
    }

    @Test func `native and Modbus reads give the same registers, reserved ones zero`() {
        var bench = TinyBench()
        #expect(bench.ask(.readBlock(address: 300, count: 31)) == .block(bench.words(300, 31)))
        #expect(
            bench.ask(.readIndividual([300, 49, 599]))
                == .individual([
                    TinyBMSRegisterValue(300, 3600), TinyBMSRegisterValue(49, 0), TinyBMSRegisterValue(599, 0),
                ]))
        #expect(bench.words(16, 16) == [UInt16](repeating: 0, count: 16))
        #expect(bench.words(56, 44) == [UInt16](repeating: 0, count: 44))
    }

    @Test func `version commands and registers agree and the serial number follows the seed`() {
        var bench = TinyBench(seed: 1)
        var twin = TinyBench(seed: 1)
        var other = TinyBench(seed: 2)
        let words = bench.words(500, 10)
        #expect(words == twin.words(500, 10))
        #expect(Array(words[4...]) != Array(other.words(500, 10)[4...]))
        guard case .extendedVersion(let version) = bench.ask(.extendedVersion) else { return #expect(Bool(false)) }
        #expect(version.firmwareInternal == words[2])
        #expect(UInt16(version.hardware) | UInt16(version.hardwareChanges) << 8 == words[0])
        #expect(version.bootloader.map(UInt16.init) == words[3] & 0xFF)
        #expect(version.registerMap.map(UInt16.init) == words[3] >> 8)
    }

    @Test(arguments: [
        ("unknown command", sealed([0x21]), UInt8(0x21), UInt8(0)),
        ("unknown option of 0x02", sealed([0x02, 0x03]), 0x02, 0),
        ("no register by 0x03", sealed([0x03, 0, 0, 0, 0]), 0x03, 0),
        ("128 registers by 0x03", sealed([0x03, 0, 0, 0, 128]), 0x03, 0),
        ("past the map by 0x03", sealed([0x03, 0x02, 0x57, 0, 2]), 0x03, 0),
        ("no register by 0x07", sealed([0x07, 0, 0, 0]), 0x07, 0),
        ("32 registers by 0x07", sealed([0x07, 32, 0, 0]), 0x07, 0),
        ("no register by 0x09", sealed([0x09, 0]), 0x09, 0),
        ("odd length by 0x09", sealed([0x09, 3, 0, 0, 0]), 0x09, 0),
        ("past the map by 0x09", sealed([0x09, 2, 0x58, 0x02]), 0x09, 0),
        ("write of a live register by 0x0D", sealed([0x0D, 4, 36, 0, 1, 0]), 0x0D, 0),
        ("write of register 299 by 0x10", sealed([0x10, 0x01, 0x2B, 0, 1, 2, 0, 0]), 0x10, 0),
        ("write of register 400 by 0x10", sealed([0x10, 0x01, 0x90, 0, 1, 2, 0, 0]), 0x10, 0),
        ("write past 399 by 0x10", sealed([0x10, 0x01, 0x8F, 0, 2, 4, 0, 0, 0, 0]), 0x10, 0),
        ("wrong payload length by 0x10", sealed([0x10, 0x01, 0x2C, 0, 1, 4, 0, 0, 0, 0]), 0x10, 0),
        ("unknown option of 0x1D", sealed([0x1D, 5, 0, 44]), 0x1D, 0),
        ("101 registers by 0x1D", sealed([0x1D, 4, 0, 101]), 0x1D, 0),
        ("bad checksum of 0x14", [0xAA, 0x14, 0x7E, 0xAF], 0x14, 1),
        ("bad checksum of 0x09", [0xAA, 0x09, 0x02, 0x28, 0x00, 0x60, 0x45], 0x09, 1),
        ("bad checksum of 0x03", [0xAA, 0x03, 0, 0, 0, 1, 0, 0], 0x03, 1),
        ("bad checksum of 0x10", [0xAA, 0x10, 0x01, 0x2C, 0, 1, 2, 0x0E, 0x42, 0, 0], 0x10, 1),
    ])
    func `what cannot be done is refused`(_: String, bytes: [UInt8], command: UInt8, code: UInt8) {
        var bench = TinyBench()
        let before = bench.bms.settings
        #expect(bench.ask(bytes: bytes) == .refused(command: command, code: code))
        #expect(bench.bms.settings == before)
    }

    @Test func `requests are found in pieces, glued together and behind rubbish`() {
        var bench = TinyBench()
        let request = TinyBMSRequest.onlineStatus.bytes
        for byte in request.dropLast() { #expect(bench.send([byte]).isEmpty) }
        #expect(bench.send([request[3]]).count == 1)
        #expect(bench.send(request + TinyBMSRequest.minimumCell.bytes).count == 2)
        #expect(bench.send([0x00, 0x41, 0xAA, 0xFF, 0xAA] + request).count == 1)
    }

    @Test func `an unfinished request is forgotten after a pause`() {
        var bench = TinyBench()
        #expect(bench.send([0xAA, 0x03, 0x00]).isEmpty)
        _ = bench.wait(.milliseconds(300))
        #expect(bench.send(TinyBMSRequest.onlineStatus.bytes).count == 1)
    }

    @Test func `a damaged block write is refused once the line is quiet`() {
        var bench = TinyBench()
        var bytes = TinyBMSRequest.writeBlock(address: 300, values: [3650], countsAddress: true).bytes
        bytes[5] ^= 1
        #expect(bench.send(bytes).isEmpty)
        let refusal = TinyBMSAnswer.refused(command: 0x0B, code: 1)
        #expect(bench.wait(.milliseconds(300)).map(\.bytes) == [refusal.bytes])
    }

    @Test func `random bytes are survived and a good request is answered right after`() {
        var bench = TinyBench()
        var random = SeededRandom(seed: 99)
        for _ in 0..<2000 {
            let bytes = (0..<random.index(below: 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = bench.send((random.happens(0.5) ? [0xAA] : []) + bytes)
            _ = bench.bms.advance(to: bench.now, by: .zero, demand: 0)
        }
        _ = bench.wait(.milliseconds(300))
        #expect(bench.ask(.onlineStatus) != nil)
    }

    @Test func `the same seed and the same bytes give the same answers`() {
        func conversation(_ seed: UInt64) -> [[UInt8]] {
            var bench = TinyBench(seed: seed) { $0.voltageNoise = 0.001 }
            bench.demand = 20
            var out: [[UInt8]] = []
            for request in Self.everyRequest {
                out += bench.send(request.bytes)
                out += bench.wait(.milliseconds(700)).map(\.bytes)
            }
            return out
        }
        #expect(conversation(3) == conversation(3))
        #expect(conversation(3) != conversation(4))
    }
}
