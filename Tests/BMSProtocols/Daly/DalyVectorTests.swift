import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `Daly golden vectors` {
    @Test func `the file has all its vectors`() {
        #expect(DalyVector.uart.count == 42)
    }

    @Test(arguments: DalyVector.uart) func `decode prints what the vector says`(vector: DalyVector) throws {
        for line in [vector.exchange, Array(vector.responseHex.utf8)] {
            let got = try DalyLineDecoder.decode(line: line).read()
            #expect(got["ok"] == .bool(true))
            for (name, want) in vector.decoded where name != "raw_data_hex" {
                #expect(got["fields"][name].agrees(with: want), "\(name): want \(want)")
            }
        }
    }

    @Test(arguments: DalyVector.uart) func `bytes come back from their decoded form`(vector: DalyVector) throws {
        #expect(try DalyAnswer.decode(vector.response).bytes == vector.response)
        #expect(try DalyRequest.decode(vector.request).bytes == vector.request)
    }

    @Test(arguments: DalyVector.uart) func `views build the same payload, leftovers apart`(vector: DalyVector) throws {
        let answer = try DalyAnswer.decode(vector.response)
        let rebuilt: DalyPayload
        switch answer.command {
        case .packState: rebuilt = DalyPackState(answer.payload).payload
        case .cellExtremes: rebuilt = DalyCellExtremes(answer.payload).payload
        case .temperatureExtremes: rebuilt = DalyTemperatureExtremes(answer.payload).payload
        case .switches: rebuilt = DalySwitches(answer.payload).payload
        case .status: rebuilt = DalyStatus(answer.payload).payload
        case .failures: rebuilt = DalyFailures(answer.payload).payload
        case .ratedCapacity: rebuilt = DalyRatedCapacity(answer.payload).payload
        default: return
        }
        let leftovers = Self.leftovers[answer.command] ?? []
        for index in 0..<8 where !leftovers.contains(index) {
            #expect(rebuilt[index] == answer.payload[index], "byte \(index)")
        }
    }

    /// Bytes that hold what an earlier answer left (daly.md 4).
    static let leftovers: [DalyCommand: [Int]] = [
        .cellExtremes: [6, 7], .temperatureExtremes: [4, 5, 6, 7], .status: [7],
    ]

    @Test(arguments: DalyVector.uart) func `every truncation is refused`(vector: DalyVector) {
        for length in 0..<vector.response.count where length % DalyFrame.length != 0 || length == 0 {
            let cut = Array(vector.response.prefix(length))
            #expect(throws: DecodeError.self) { try DalyAnswer.decode(cut) }
            #expect(throws: DecodeError.self) { try DalyRequest.decode(cut) }
        }
    }

    @Test(arguments: DalyVector.uart) func `the parser finds it in any pieces`(vector: DalyVector) throws {
        let answer = try DalyAnswer.decode(vector.response)
        var request = try DalyRequest.decode(vector.request)
        request.frames = answer.payloads.count
        for piece in 1...14 {
            var parser = DalyStreamParser()
            parser.expect(request)
            // An echo and rubbish that begins like a frame stand before it.
            let stream = vector.request + [0xA5, 0x01, 0x90, 0x08, 0xA5] + vector.response
            var found: DalyAnswer?
            for start in stride(from: 0, to: stream.count, by: piece) {
                if let answer = parser.receive(Array(stream[start..<min(start + piece, stream.count)])) {
                    found = answer
                }
            }
            #expect(found == answer, "in pieces of \(piece)")
        }
    }
}
