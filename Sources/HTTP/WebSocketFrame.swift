/// What a WebSocket's frames say (RFC 6455, 5).
package enum WebSocketEvent: Sendable, Hashable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    /// The other side is going; the code is nil where it gave none.
    case close(code: UInt16?)
}

/// Frames of a server: whole messages, not masked.
package enum WebSocketFrame {
    package static func text(_ text: String) -> [UInt8] { frame(0x1, Array(text.utf8)) }
    package static func binary(_ bytes: [UInt8]) -> [UInt8] { frame(0x2, bytes) }
    package static func ping(_ bytes: [UInt8] = []) -> [UInt8] { frame(0x9, bytes) }
    package static func pong(_ bytes: [UInt8]) -> [UInt8] { frame(0xA, bytes) }

    /// A close with a code and a reason, which is cut to the 123 bytes that a control frame has room for.
    package static func close(code: UInt16?, reason: String = "") -> [UInt8] {
        guard let code else { return frame(0x8, []) }
        var bytes = [UInt8(code >> 8), UInt8(code & 0xFF)]
        for character in reason {
            guard bytes.count + character.utf8.count <= 125 else { break }
            bytes += character.utf8
        }
        return frame(0x8, bytes)
    }

    private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(payload.count + 10)
        out.append(0x80 | opcode)
        switch payload.count {
        case ..<126: out.append(UInt8(payload.count))
        case ..<65536:
            out.append(126)
            out += [UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            out.append(127)
            out += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        out += payload
        return out
    }
}

/// Reads a client's frames, as their bytes come.
package struct WebSocketReader: Sendable {
    /// Why a connection cannot go on: the code of the close that says so (RFC 6455, 7.4.1).
    package struct Failure: Error, Sendable, Hashable {
        package let code: UInt16
        package let reason: String
    }

    private let limit: Int
    private var message: [UInt8] = []
    /// Opcode of the message that is being put together.
    private var opcode: UInt8?

    /// Creates a reader of messages of up to `limit` bytes.
    package init(limit: Int) { self.limit = limit }

    /// Takes the first frame that is whole.
    ///
    /// - Parameter bytes: what came; what is read is taken away.
    /// - Returns: what it said: nil for a part of a message, or where no frame is whole yet (then nothing is taken).
    /// - Throws: `Failure`.
    package mutating func read(_ bytes: inout [UInt8]) throws(Failure) -> WebSocketEvent? {
        while let frame = try frame(&bytes) {
            if let event = try event(frame) { return event }
        }
        return nil
    }

    // MARK: - Private

    private struct Frame {
        var isFinal: Bool
        var opcode: UInt8
        var payload: [UInt8]
    }

    private func frame(_ bytes: inout [UInt8]) throws(Failure) -> Frame? {
        guard bytes.count >= 2 else { return nil }
        let (first, second) = (bytes[0], bytes[1])
        guard first & 0x70 == 0, second & 0x80 != 0 else {
            throw Failure(code: 1002, reason: "a client's frames are masked and have no reserved bits")
        }
        let isControl = first & 0x08 != 0
        var length = Int(second & 0x7F)
        var start = 2
        if length > 125 {
            let count = length == 126 ? 2 : 8
            guard !isControl else { throw Failure(code: 1002, reason: "a control frame is short") }
            guard bytes.count >= 2 + count else { return nil }
            let long = bytes[2..<(2 + count)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            guard long > (count == 2 ? 125 : 0xFFFF), long >> 63 == 0 else {
                throw Failure(code: 1002, reason: "a length is written as short as it can be")
            }
            length = long > UInt64(limit) ? limit + 1 : Int(long)
            start += count
        }
        guard length <= limit, message.count + length <= limit || isControl else {
            throw Failure(code: 1009, reason: "a message may have up to \(limit) bytes")
        }
        guard !isControl || first & 0x80 != 0 else { throw Failure(code: 1002, reason: "a control frame is whole") }
        let end = start + 4 + length
        guard bytes.count >= end else { return nil }
        var payload: [UInt8] = []
        payload.reserveCapacity(length)
        for index in 0..<length { payload.append(bytes[start + 4 + index] ^ bytes[start + (index & 3)]) }
        bytes.removeFirst(end)
        return Frame(isFinal: first & 0x80 != 0, opcode: first & 0x0F, payload: payload)
    }

    private mutating func event(_ frame: Frame) throws(Failure) -> WebSocketEvent? {
        switch frame.opcode {
        case 0x8: return .close(code: try closeCode(frame.payload))
        case 0x9: return .ping(frame.payload)
        case 0xA: return .pong(frame.payload)
        case 0x0:
            guard opcode != nil else { throw Failure(code: 1002, reason: "there is no message to go on with") }
        case 0x1, 0x2:
            guard opcode == nil else { throw Failure(code: 1002, reason: "the last message is not whole") }
            opcode = frame.opcode
        default: throw Failure(code: 1002, reason: "a frame of no known kind")
        }
        message += frame.payload
        guard frame.isFinal else { return nil }
        defer { (message, opcode) = ([], nil) }
        guard opcode == 0x1 else { return .binary(message) }
        guard let text = String(validating: message, as: UTF8.self) else {
            throw Failure(code: 1007, reason: "a text is not UTF-8")
        }
        return .text(text)
    }

    private func closeCode(_ payload: [UInt8]) throws(Failure) -> UInt16? {
        guard !payload.isEmpty else { return nil }
        guard payload.count >= 2 else { throw Failure(code: 1002, reason: "a close code has two bytes") }
        guard String(validating: payload[2...], as: UTF8.self) != nil else {
            throw Failure(code: 1007, reason: "the reason of a close is not UTF-8")
        }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: return code
        default: throw Failure(code: 1002, reason: "\(code) is no close code")
        }
    }
}
