/// A value on its way into or out of a statement.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }

    /// An integer, or null where it is unknown.
    package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    /// A number, or null where it is unknown.
    package init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
    /// A text, or null where it is unknown.
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
}
