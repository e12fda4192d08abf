import FoundationEssentials
import JSONText

/// What the program prints as JSON: any text and any number is written as valid JSON, and reads back as the same.
enum JSONTextFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let number = Double(bitPattern: input.long())
        let integer = Int(truncatingIfNeeded: input.long())
        let text = String(decoding: input.rest(), as: UTF8.self)
        let value: JSONValue = [
            "number": .number(number), "integer": .integer(integer), "text": .string(text),
            "list": [.string(text), .bool(integer > 0), .null],
        ]
        let line = value.text
        require(JSONCheck.isOneLine(line), "\(value) becomes \(line)")
        let words = JSONValue.number(number).text
        require(number.isFinite ? Double(words) == number : words == "null", "\(number) becomes \(words)")
        require(Int(JSONValue.integer(integer).text) == integer, "\(integer) becomes another")
        let named = JSONValue.object([.init(text, .string(text))]).text
        require(JSONCheck.isOneLine(named), "\(text) as a name becomes \(named)")
        let read = try? JSONDecoder().decode([String: String].self, from: Data(named.utf8))
        require(read == [text: text], "\(named) reads as \(String(describing: read))")
    }
}
