/// Says whether bytes are one JSON text of RFC 8259, strictly; shares no code with what writes JSON.
struct JSONCheck {
    private let bytes: [UInt8]
    private var position = 0

    /// Whether the bytes are one JSON text in valid UTF-8 on one line.
    static func isOneLine(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(10), !bytes.contains(13) else {
            return false
        }
        var check = JSONCheck(bytes: bytes)
        return check.value(depth: 0) && check.position == bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func takes(_ character: Character) -> Bool {
        guard let value = character.asciiValue, next == value else { return false }
        position += 1
        return true
    }

    private mutating func takes(word: String) -> Bool { word.allSatisfy { takes($0) } }

    private mutating func value(depth: Int) -> Bool {
        guard depth < 64 else { return false }
        switch next.map({ Character(UnicodeScalar($0)) }) {
        case "{": return list(from: "{", to: "}") { $0.string() && $0.takes(":") && $0.value(depth: depth + 1) }
        case "[": return list(from: "[", to: "]") { $0.value(depth: depth + 1) }
        case "\"": return string()
        case "t": return takes(word: "true")
        case "f": return takes(word: "false")
        case "n": return takes(word: "null")
        default: return number()
        }
    }

    private mutating func list(
        from opening: Character, to closing: Character, _ item: (inout JSONCheck) -> Bool
    ) -> Bool {
        guard takes(opening) else { return false }
        if takes(closing) { return true }
        repeat { guard item(&self) else { return false } } while takes(",")
        return takes(closing)
    }

    private mutating func string() -> Bool {
        guard takes("\"") else { return false }
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case 0..<0x20: return false
            case UInt8(ascii: "\\"): guard escape() else { return false }
            default: break
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let byte = next else { return false }
        position += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        for _ in 0..<4 {
            guard let digit = next, Character(UnicodeScalar(digit)).isHexDigit else { return false }
            position += 1
        }
        return true
    }

    private mutating func number() -> Bool {
        _ = takes("-")
        if !takes("0") { guard digits() else { return false } }
        if takes(".") { guard digits() else { return false } }
        if takes("e") || takes("E") {
            _ = takes("+") || takes("-")
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        return position > start
    }
}
