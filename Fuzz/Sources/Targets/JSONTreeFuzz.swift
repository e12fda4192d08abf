import JSONText

/// JSON from outside: bodies of requests, answers of other daemons. What is read can be written, and reads as the same.
enum JSONTreeFuzz {
    static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let tree = JSONTree(bytes) else {
            return require(!isPlain(bytes) || !JSONCheck.isOneLine(text), "good JSON is refused: \(text)")
        }
        let written = value(tree).text
        require(JSONCheck.isOneLine(written), "\(text) is written as \(written)")
        require(JSONTree(written.utf8) == tree, "\(text) is written as \(written), which is another")
        require(tree.agrees(with: tree), "\(written) does not agree with itself")
        require(tree.timeless.timeless == tree.timeless, "\(written) has times without end")
    }

    // MARK: - Private

    /// Whether nothing is in it that JSON allows and a `Double` or a `String` cannot hold: numbers of more than two digits,
    /// halves of surrogates, bytes that are no UTF-8. Nor a number with an exponent: Foundation's reader refuses a zero
    /// with one (`0e9`), which nobody writes.
    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            let isExponent = digits > 0 && (byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E"))
            digits = (48...57).contains(byte) ? digits + 1 : 0
            let isEscape = byte == UInt8(ascii: "u") && index > 0 && bytes[index - 1] == UInt8(ascii: "\\")
            if digits > 2 || isEscape || isExponent { return false }
        }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    private static func value(_ tree: JSONTree) -> JSONValue {
        switch tree {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .array(let elements): .array(elements.map(value))
        case .object(let members):
            .object(members.sorted { $0.key < $1.key }.map { .init($0.key, value($0.value)) })
        }
    }
}
