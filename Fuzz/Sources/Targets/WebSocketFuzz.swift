@testable import HTTP

/// A WebSocket's frames: portions do not matter, and what a client writes by the rules is read as it was meant.
enum WebSocketFuzz {
    private static let limit = 1024

    /// Bytes as they come.
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let portion = 1 + Int(input.byte())
        if input.byte() & 1 == 0 {
            let stream = input.rest()
            let whole = read(stream, portion: max(1, stream.count))
            let divided = read(stream, portion: portion)
            require(divided == whole, "portions of \(portion) make \(divided) of \(whole)")
            check(whole)
        } else {
            checkDialogue(&input, portion: portion)
        }
    }

    // MARK: - Private

    private struct Result: Hashable {
        var events: [WebSocketEvent] = []
        var failure: WebSocketReader.Failure?
        /// Bytes that wait for more.
        var left = 0
    }

    private static func read(_ stream: [UInt8], portion: Int) -> Result {
        var reader = WebSocketReader(limit: limit)
        var result = Result()
        var waiting: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: portion) where result.failure == nil {
            waiting += stream[start..<min(start + portion, stream.count)]
            do throws(WebSocketReader.Failure) {
                while let event = try reader.read(&waiting) { result.events.append(event) }
            } catch {
                result.failure = error
            }
        }
        // After a failure the connection ends: what waits is thrown away.
        result.left = result.failure == nil ? waiting.count : 0
        return result
    }

    private static func check(_ result: Result) {
        for event in result.events {
            switch event {
            case .text(let text): require(text.utf8.count <= limit, "a text of \(text.utf8.count) bytes")
            case .binary(let bytes): require(bytes.count <= limit, "\(bytes.count) bytes")
            case .ping(let bytes), .pong(let bytes): require(bytes.count <= 125, "a long control frame")
            case .close(let code):
                let isSendable = code.map { (1000...4999).contains($0) && ![1004, 1005, 1006].contains($0) }
                require(isSendable ?? true, "\(event)")
            }
        }
        if let code = result.failure?.code { require([1002, 1007, 1009].contains(code), "a failure of \(code)") }
        require(result.left <= limit + 14, "S78: \(result.left) bytes wait, which are more than a frame")
    }

    /// Messages in fragments with control frames between them, masked, as a client that keeps the rules sends them.
    private static func checkDialogue(_ input: inout FuzzInput, portion: Int) {
        var stream: [UInt8] = []
        var wanted: [WebSocketEvent] = []
        while !input.isEmpty, wanted.count < 32 {
            let kind = input.byte()
            let payload = input.take(Int(input.byte()) * (kind & 0x40 == 0 ? 1 : 4))
            switch kind & 3 {
            case 0:
                let short = Array(payload.prefix(125))
                stream += frame(0x89, short, &input)
                wanted.append(.ping(short))
            default:
                let text = kind & 1 == 0 ? nil : String(validating: payload, as: UTF8.self)
                let parts = 1 + Int(kind >> 2 & 3)
                for part in 0..<parts {
                    let range = payload.count * part / parts..<payload.count * (part + 1) / parts
                    let opcode: UInt8 = part > 0 ? 0 : text == nil ? 2 : 1
                    stream += frame((part == parts - 1 ? 0x80 : 0) | opcode, Array(payload[range]), &input)
                    guard kind & 0x10 != 0, part < parts - 1 else { continue }
                    stream += frame(0x8A, [kind], &input)
                    wanted.append(.pong([kind]))
                }
                wanted.append(text.map { .text($0) } ?? .binary(payload))
            }
        }
        let result = read(stream, portion: portion)
        require(result == Result(events: wanted), "\(wanted) is read as \(result)")
    }

    /// A client's frame: ours, with a mask put in.
    private static func frame(_ first: UInt8, _ payload: [UInt8], _ input: inout FuzzInput) -> [UInt8] {
        let mask = (0..<4).map { _ in input.byte() }
        let plain = WebSocketFrame.binary(payload)
        var out = Array(plain[..<(plain.count - payload.count)])
        out[0] = first
        out[1] |= 0x80
        return out + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
