import Foundation
import JSONText
import Links
import Testing

/// `cellbridge decode` as contract.md 6 has it.
@Suite(.timeLimit(.minutes(12))) struct DecodeTests {
    /// Words of the command line and files of vectors.
    static let families = [
        ("tinybms", "tinybms.json"), ("jbd", "jbd.json"), ("daly", "daly.json"), ("daly-modbus", "daly_modbus.json"),
        ("jk", "jk.json"), ("victron", "victron-can.json"),
    ]

    /// Names under `decoded` that describe the vector itself.
    private static let aboutTheVector: Set = [
        "kind", "basis", "note", "meaning", "expect", "expected_response", "correct_crc", "register_map", "crc_ok",
        "direction", "flavour", "id_format", "checksum_valid", "frame_source", "profile", "raw_data_hex",
    ]

    @Test(arguments: families)
    func `every golden vector comes back with its fields, and every bad one is refused`(
        family: String, file: String
    ) async throws {
        let path = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Vectors/" + file
        guard case .array(let all) = JSONTree(try Data(contentsOf: URL(filePath: path))) else {
            Issue.record("\(file) is no list")
            return
        }
        // The files also hold bare register words, streams and text: those are for the codecs' own tests.
        let vectors = all.filter { ($0["decoded"]["kind"].string ?? "frame") == "frame" }
        let input = vectors.map { Self.line(family, $0) + "\n" }.joined()
        let answers = try await Self.decode(family, Array(input.utf8)).map { JSONTree($0.utf8) }
        #expect(vectors.count > 10 && answers.count == vectors.count, "one line out for each line in")
        for (vector, answer) in zip(vectors, answers) { Self.judge(vector, try #require(answer)) }
    }

    private static func line(_ family: String, _ vector: JSONTree) -> String {
        let hex = (vector["hex"].string ?? "").filter { $0 != " " }
        if family == "victron" {
            let form = vector["decoded"]["id_format"].string?.lowercased() ?? ""
            let digits = form.contains("ext") || form.contains("29") ? 8 : 3
            let number = Int(vector["decoded"]["can_id"].string?.dropFirst(2) ?? "", radix: 16) ?? 0
            let text = String(number, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, digits - text.count)) + text + "#" + hex
        }
        if let response = vector["response_hex"].string {
            return vector["request_hex"].string.map { "\($0) > \(response)" } ?? response
        }
        return hex + (vector["decoded"]["direction"].string == "host_to_bms" ? " >" : "")
    }

    private static func judge(_ vector: JSONTree, _ answer: JSONTree) {
        let name = vector["name"].string ?? "?"
        guard case .object(let wanted) = vector["decoded"] else { return }
        let isBad =
            wanted["crc_ok"] == .bool(false) || wanted["checksum_valid"] == .bool(false)
            || wanted["expect"]?.string?.hasPrefix("reject") ?? false
        guard !isBad else {
            #expect(answer["ok"] == .bool(false), "\(name)")
            return
        }
        #expect(answer["ok"] == .bool(true), "\(name): \(answer)")
        for (field, value) in wanted where !aboutTheVector.contains(field) {
            let got = answer["fields"][field]
            #expect(got.agrees(with: value), "\(name): \(field) is \(got), not \(value)")
        }
    }

    @Test(arguments: families.map(\.0))
    func `whatever bytes come in, each line gives one good answer or one of the codes`(family: String) async throws {
        let codes: Set = [
            "malformed_hex", "too_short", "bad_start", "bad_end", "bad_checksum", "bad_length", "unexpected_command",
            "device_error", "out_of_range",
        ]
        var lines: [[UInt8]] = [[], Array(repeating: UInt8(ascii: "A"), count: 100_000), [0], Array("> >".utf8)]
        for length in 0..<400 {
            lines.append((0..<length).map { _ in UInt8.random(in: 0...255) }.filter { $0 != 10 })
            lines.append(Array("0123456789ABCDEFabcdef> #".utf8).shuffled())
            lines.append(
                Array(
                    ((0..<length).map { _ in ["AA", "00", "9", "FF", " ", ">"].randomElement() ?? "" }).joined().utf8))
        }
        let answers = try await Self.decode(family, Array(lines.joined(separator: [10])) + [10])
        #expect(answers.count == lines.count)
        for text in answers {
            let answer = try #require(JSONTree(text.utf8), "\(text)")
            if answer["ok"] == .bool(true) {
                #expect(answer.member("fields") != nil)
            } else {
                #expect(answer["ok"] == .bool(false) && codes.contains(answer["error"].string ?? ""), "\(text)")
            }
        }
    }

    /// Runs the command over some bytes and gives its lines.
    private static func decode(_ family: String, _ input: [UInt8]) async throws -> [String] {
        let loop = try EventLoop(name: "decode")
        defer { loop.stop() }
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try Data(input).write(to: URL(filePath: folder + "/input"))
        let child = try await Child.start(["decode", family], input: folder + "/input", on: loop)
        let end = await child.end(within: .seconds(30))
        child.signal(9)
        #expect(end == .exited(0), "\(child.story)")
        return child.output.all.map(\.text)
    }
}
