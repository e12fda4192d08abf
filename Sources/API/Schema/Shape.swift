package import JSONText

/// What a JSON value may be: one description that checks what comes in, and is written into the OpenAPI document.
package indirect enum Shape: Sendable {
    case anything
    case bool
    /// A whole number within bounds.
    case integer(ClosedRange<Int>? = nil)
    case number(ClosedRange<Double>? = nil)
    /// A text of so many characters.
    case text(ClosedRange<Int>? = nil)
    /// A text of so many characters, none of them a control character.
    case line(ClosedRange<Int>)
    /// A word of so many letters, digits, points, dashes and underscores.
    case identifier(ClosedRange<Int>)
    /// A moment in RFC 3339.
    case time
    /// One of some words.
    case word([String])
    case array(Shape, ClosedRange<Int>? = nil)
    case object([Field])
    /// An object with any names.
    case map(Shape)
    case nullable(Shape)
    /// One of several.
    case either([Shape])
    /// A shape that several routes share, under a name of its own.
    case named(String, Shape)
    /// A schema that is written elsewhere, where its values are judged too.
    case written(JSONValue)

    /// One member of an object.
    package struct Field: Sendable {
        package var name: String
        package var shape: Shape
        package var isRequired: Bool

        /// A member that is always there.
        package static func must(_ name: String, _ shape: Shape) -> Field {
            Field(name: name, shape: shape, isRequired: true)
        }

        /// A member that may be missing.
        package static func may(_ name: String, _ shape: Shape) -> Field {
            Field(name: name, shape: shape, isRequired: false)
        }
    }

    /// A whole number that every reader of JSON knows exactly (RFC 8259, 6).
    package static let counter = Shape.integer(0...9_007_199_254_740_991)
    /// A measurement: a number, null where it is unknown.
    package static let measurement = Shape.nullable(.number())
    /// A count, null where it is unknown.
    package static let count = Shape.nullable(.integer())
    /// A text, null where there is none.
    package static let remark = Shape.nullable(.text())
    /// A Boolean, null where it is unknown.
    package static let known = Shape.nullable(.bool)
}

/// Why a value is not of a shape.
package struct ShapeProblem: Sendable, Hashable {
    /// Dotted names that lead to it; empty for the whole.
    package var field: String
    /// One sentence.
    package var sentence: String
}

/// How strictly members that nobody described are taken.
package enum Strictness: Sendable, Hashable {
    /// What a client sends: a member that is none is a mistake it should hear of.
    case closed
    /// What the gateway answers: later versions may say more.
    case open
}

extension Shape {
    /// Everything that is wrong with a value.
    package func problems(with value: JSONTree, at place: String = "", _ strictness: Strictness) -> [ShapeProblem] {
        switch self {
        case .anything, .written: return []
        case .named(_, let shape): return shape.problems(with: value, at: place, strictness)
        case .nullable(let shape): return value == .null ? [] : shape.problems(with: value, at: place, strictness)
        case .either(let shapes):
            let all = shapes.map { $0.problems(with: value, at: place, strictness) }
            return all.contains(where: \.isEmpty) ? [] : all.first ?? []
        case .array(let shape, let count):
            guard case .array(let elements) = value else { return [mismatch(place)] }
            if let count, !count.contains(elements.count) { return [mismatch(place)] }
            return elements.enumerated().flatMap { shape.problems(with: $1, at: Self.join(place, "\($0)"), strictness) }
        case .map(let shape):
            guard case .object(let members) = value else { return [mismatch(place)] }
            return members.sorted { $0.key < $1.key }.flatMap {
                shape.problems(with: $1, at: Self.join(place, $0), strictness)
            }
        case .object(let fields): return objectProblems(fields, value, place, strictness)
        default: return fits(value) ? [] : [mismatch(place)]
        }
    }

    /// What is allowed, for a sentence.
    package var words: String {
        switch self {
        case .anything, .written: "any value"
        case .bool: "true or false"
        case .integer(let range):
            range.map { "a whole number, \($0.lowerBound) … \($0.upperBound)" } ?? "a whole number"
        case .number(let range):
            range.map { "a number, \(JSONValue.number($0.lowerBound).text) … \(JSONValue.number($0.upperBound).text)" }
                ?? "a number"
        case .text(let range):
            range.map { "a text of \($0.lowerBound) … \($0.upperBound) characters" } ?? "a text"
        case .line(let range): "a text of \(range.lowerBound) … \(range.upperBound) printable characters"
        case .identifier(let range):
            "\(range.lowerBound) … \(range.upperBound) letters, digits, points, dashes or underscores"
        case .time: "a moment in RFC 3339, such as 2026-01-31T12:00:00Z"
        case .word(let words): "one of: " + words.joined(separator: ", ")
        case .array(_, let count):
            count.map { "an array of \($0.lowerBound) … \($0.upperBound) elements" } ?? "an array"
        case .object, .map: "an object"
        case .nullable(let shape): shape.words + ", or null"
        case .either(let shapes): shapes.map(\.words).joined(separator: ", or ")
        case .named(_, let shape): shape.words
        }
    }

    // MARK: - Private

    private func fits(_ value: JSONTree) -> Bool {
        switch (self, value) {
        case (.bool, .bool): true
        case (.integer(let range), .number(let number)):
            Int(exactly: number).map { range?.contains($0) ?? true } ?? false
        case (.number(let range), .number(let number)): number.isFinite && (range?.contains(number) ?? true)
        case (.text(let range), .string(let text)): range?.contains(text.unicodeScalars.count) ?? true
        case (.line(let range), .string(let text)):
            range.contains(text.unicodeScalars.count)
                && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        case (.identifier(let range), .string(let text)):
            range.contains(text.utf8.count) && text.utf8.allSatisfy(Self.isIdentifier)
        case (.time, .string(let text)): MomentText.milliseconds(text) != nil
        case (.word(let words), .string(let word)): words.contains(word)
        default: false
        }
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private func objectProblems(
        _ fields: [Field], _ value: JSONTree, _ place: String, _ strictness: Strictness
    ) -> [ShapeProblem] {
        guard case .object(let members) = value else { return [mismatch(place)] }
        var problems: [ShapeProblem] = []
        for field in fields {
            let name = Self.join(place, field.name)
            if let member = members[field.name] {
                problems += field.shape.problems(with: member, at: name, strictness)
            } else if field.isRequired {
                problems.append(
                    ShapeProblem(field: name, sentence: "\(name) is missing; it takes \(field.shape.words)."))
            }
        }
        guard strictness == .closed else { return problems }
        let known = Set(fields.map(\.name))
        for name in members.keys.sorted() where !known.contains(name) {
            let place = Self.join(place, name)
            problems.append(
                ShapeProblem(
                    field: place,
                    sentence: "\(place) is not known here; leave it out"
                        + (known.isEmpty ? "." : ", or use one of: \(fields.map(\.name).joined(separator: ", ")).")))
        }
        return problems
    }

    private func mismatch(_ place: String) -> ShapeProblem {
        ShapeProblem(field: place, sentence: "\(place.isEmpty ? "The body" : place) must be \(words).")
    }

    private static func join(_ place: String, _ name: String) -> String { place.isEmpty ? name : place + "." + name }
}
