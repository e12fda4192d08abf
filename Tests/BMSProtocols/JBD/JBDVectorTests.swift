import FoundationEssentials
import JSONText
import Testing

@testable import BMSProtocols

/// One golden vector of Tests/Vectors/jbd.json.
struct JBDVector: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var requestHex: String
    var responseHex: String
    var decoded: [String: JSONTree]

    enum CodingKeys: String, CodingKey {
        case name
        case requestHex = "request_hex"
        case responseHex = "response_hex"
        case decoded
    }

    var description: String { name }
    var request: [UInt8] { Self.bytes(requestHex) }
    var response: [UInt8] { Self.bytes(responseHex) }

    private static func bytes(_ hex: String) -> [UInt8] {
        guard case .answer(let bytes) = try? LineForm.parse(Array(hex.utf8)) else { return [] }
        return bytes
    }

    /// Every vector of the file.
    static let all: [JBDVector] = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        guard let data = try? Data(contentsOf: URL(filePath: root + "/Tests/Vectors/jbd.json")),
            let vectors = try? JSONDecoder().decode([JBDVector].self, from: data)
        else { return [] }
        return vectors
    }()

    static func named(_ name: String) -> JBDVector? { all.first { $0.name == name } }
}

@Suite struct `JBD golden vectors` {
    @Test func `the file has all its vectors`() { #expect(JBDVector.all.count == 82) }

    @Test(arguments: JBDVector.all) func `decode prints what the vector says`(vector: JBDVector) throws {
        let got = try JBDLineDecoder.decode(line: vector.requestHex + " > " + vector.responseHex).read()
        #expect(got["ok"] == .bool(true))
        for (name, want) in vector.decoded {
            #expect(got["fields"][name].agrees(with: want), "\(name): want \(want), got \(got["fields"][name])")
        }
    }

    @Test(arguments: JBDVector.all) func `an answer alone says the same, but for what was asked`(
        vector: JBDVector
    ) throws {
        let got = try JBDLineDecoder.decode(line: vector.responseHex).read()
        for (name, want) in vector.decoded where !name.hasSuffix("_commanded_on") {
            #expect(got["fields"][name].agrees(with: want), "\(name): want \(want), got \(got["fields"][name])")
        }
    }

    @Test(arguments: JBDVector.all) func `both frames are built from their decoded form`(vector: JBDVector) throws {
        let (request, answer) = (try JBDRequest.decode(vector.request), try JBDAnswer.decode(vector.response))
        #expect(request.bytes == vector.request)
        #expect(answer.bytes == vector.response)
        #expect(request.isAnswered(by: answer))
        #expect(vector.response.count <= request.longestAnswer)
        guard answer.register == JBDRegister.basicInformation, answer.status == JBDAnswer.accepted else { return }
        #expect(try JBDBasicInformation(answer.data).data == answer.data)
    }

    @Test(arguments: JBDVector.all) func `every truncation and every single wrong byte is refused`(vector: JBDVector) {
        for length in 0..<vector.response.count {
            #expect(throws: DecodeError.self) { try JBDAnswer.decode(Array(vector.response.prefix(length))) }
        }
        // The register, byte 1, has no checksum: it is compared with what was asked instead.
        for index in vector.response.indices where index != 1 {
            var damaged = vector.response
            damaged[index] ^= 0x10
            #expect(throws: DecodeError.self) { try JBDAnswer.decode(damaged) }
        }
    }

    @Test func `the requests are those of the paper`() throws {
        func hex(_ request: JBDRequest) -> String {
            request.bytes.map { hexadecimal($0).dropFirst(2) }.joined(separator: " ")
        }
        #expect(hex(.basicInformation) == "DD A5 03 00 FF FD 77")
        #expect(hex(.cellVoltages) == "DD A5 04 00 FF FC 77")
        #expect(hex(.hardwareName) == "DD A5 05 00 FF FB 77")
        #expect(hex(.counters) == "DD A5 AA 00 FF 56 77")
        #expect(hex(.enterFactoryMode) == "DD 5A 00 02 56 78 FF 30 77")
        #expect(hex(.leaveFactoryMode) == "DD 5A 01 02 00 00 FF FD 77")
        #expect(hex(.hold([])) == "DD 5A E1 02 00 00 FF 1D 77")
        #expect(hex(.hold(.charge)) == "DD 5A E1 02 00 01 FF 1C 77")
        #expect(hex(.hold(.discharge)) == "DD 5A E1 02 00 02 FF 1B 77")
        #expect(hex(.hold([.charge, .discharge])) == "DD 5A E1 02 00 03 FF 1A 77")
    }
}
