/// Header fields in the order in which they came; names compare without regard to case (RFC 9110, 5.1).
package struct HTTPHeaders: Sendable, Hashable, Sequence, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// Name as it was written.
        package var name: String
        /// Value without white space around it.
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private var fields: [Field] = []

    package init(_ fields: [Field] = []) { self.fields = fields }
    package init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field($0.0, $0.1) } }

    /// The first value of a name; setting replaces every field of that name, nil removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first { Self.areEqual($0.name, name) }?.value }
        set {
            fields.removeAll { Self.areEqual($0.name, name) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }

    /// Every value of a name.
    package func values(_ name: String) -> [String] {
        fields.filter { Self.areEqual($0.name, name) }.map(\.value)
    }

    /// Whether a comma-separated value holds a word, such as `gzip` in `Accept-Encoding`; parameters are not looked at,
    /// but a quality of 0 refuses the word.
    package func list(_ name: String, contains word: String) -> Bool {
        values(name).contains { value in
            value.split(separator: ",").contains { item in
                let parts = item.split(separator: ";").map { $0.trimmed }
                guard let first = parts.first, Self.areEqual(first, word) else { return false }
                return !parts.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" || $0 == "q=0.00" || $0 == "q=0.000" }
            }
        }
    }

    /// Adds a field after those that are there, whatever their names: `Set-Cookie` may come twice.
    package mutating func append(_ name: String, _ value: String) { fields.append(Field(name, value)) }

    /// Adds the fields of whose names there is none yet.
    package mutating func addMissing(_ others: HTTPHeaders) {
        for field in others.fields where self[field.name] == nil { fields.append(field) }
    }

    package var isEmpty: Bool { fields.isEmpty }
    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// Whether two names are one, without regard to the case of ASCII letters.
    package static func areEqual(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        let left = left.utf8
        let right = right.utf8
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension StringProtocol {
    /// Without spaces and tabs around it.
    var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
