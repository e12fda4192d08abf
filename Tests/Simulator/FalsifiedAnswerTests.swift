import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

/// Absurd values of every family arrive with a right checksum, and in one word only.
@Suite struct `Falsified answers` {
    private static let reads: [String: [UInt8]] = [
        "tinybms": [0xAA, 0x03, 0x00, 0x00, 0x00, 0x38, 0x5D, 0xC3], "jbd": JBDRequest.cellVoltages.bytes,
        "daly": DalyRequest.cellVoltages(cells: 16).bytes, "daly-modbus": DalyModbusVariant.d2.liveReads[0].bytes,
        "jk": JKRequest.readAll.bytes, "jk-pb": JKPBRequest.record(.status, address: 1).bytes,
    ]

    private func answer(_ family: String) throws -> (bms: any SimulatedBMS, bytes: [UInt8]) {
        let make = try #require(SimulatedFamily.named(family))
        var bms = make(PackParameters(), 1)
        _ = bms.advance(to: .seconds(1), by: .seconds(1), demand: 0)
        let request = try #require(Self.reads[family])
        // A JBD board sleeps at first.
        for second in 2..<8 as Range<Int64> {
            if let answer = bms.receive(request, at: .seconds(second)).first { return (bms, answer.bytes) }
        }
        throw Silence()
    }

    private struct Silence: Error {}

    @Test(arguments: SimulatedFamily.names)
    func `one word of an answer is another, its length the same, and the checksum right`(family: String) throws {
        let (bms, sound) = try answer(family)
        let spoken = try #require(SpokenFamily.named(family))
        let decode = spoken.decodeLine
        func line(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.map(hexadecimal).joined().replacing("0x", with: "").utf8) }
        var different = 0
        for place in 0..<30 {
            for word in [0, 0xFFFF, 0x7FFF, 0x8000, 0x1234] as [UInt16] {
                var bytes = sound
                type(of: bms).falsify(&bytes, with: word, at: place)
                #expect(bytes.count == sound.count)
                // The word, and what seals the answer, which is another word at most.
                #expect(zip(bytes, sound).count { $0 != $1 } <= 4, "\(place)")
                different += bytes == sound ? 0 : 1
                let text = String(describing: decode(line(bytes)))
                #expect(!text.contains("bad_checksum") && !text.contains("bad_length"), "\(place): \(text)")
            }
        }
        #expect(different > 75)
        // What is not an answer of the family is left as it is, or at least as long.
        for junk in [[], [0xAA], [UInt8](repeating: 0xDD, count: 9), [UInt8](repeating: 0x79, count: 25)] {
            var bytes = junk
            type(of: bms).falsify(&bytes, with: 0xFFFF, at: 3)
            #expect(bytes.count == junk.count)
        }
    }

    /// What came of 60 polls of which every second answer is falsified.
    private func polls(_ family: String) throws -> (statistics: DriverStatistics, readings: [PackReading]) {
        let simulated = try #require(SimulatedFamily.named(family))
        let spoken = try #require(SpokenFamily.named(family))
        let bench = DriverBench(Scenario(name: "test"), bms: simulated(PackParameters(), 1), seed: 3) {
            spoken.makeDriver(1, $0, $1, SpokenFamily.Options())
        }
        _ = bench.poll(4)
        bench.pack.beginFault(Misbehaviour(.absurdValues, probability: 0.5))
        let readings = bench.poll(60).compactMap { try? $0.get() }
        return (try #require(bench.statistics), readings)
    }

    @Test(arguments: SimulatedFamily.names)
    func `S31: no checksum of a falsified answer is wrong, and only a sum is asked for a second reading`(
        family: String
    ) throws {
        let (statistics, readings) = try polls(family)
        #expect(statistics.checksumErrors == 0)
        #expect(readings.count > 30)
        let wrong = readings.count { reading in
            reading.cells.contains { ($0 ?? 0) < 3.2 || ($0 ?? 0) > 3.5 } || (reading.voltage ?? 0) < 50
                || (reading.voltage ?? 0) > 56
        }
        // A CRC is believed; two sums have to agree, and a lie is seldom told twice.
        let trustsChecksum = family == "tinybms" || family == "daly-modbus"
        #expect(trustsChecksum ? wrong > 2 : wrong <= 1, "\(family): \(wrong) of \(readings.count)")
    }
}
