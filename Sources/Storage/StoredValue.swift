/// The types that the store keeps apart, as NVS does (S62).
package enum StoredType: String, Sendable, Hashable, CaseIterable {
    case bool
    case int
    case float
    case string
    case blob
}

/// A value with its type.
package enum StoredValue: Sendable, Hashable {
    case bool(Bool)
    case int(Int64)
    /// Finite.
    case float(Double)
    /// At most 4000 bytes of UTF-8.
    case string(String)
    /// At most 64 KiB.
    case blob([UInt8])

    /// Longest string, bytes.
    package static let longestString = 4000
    /// Longest blob, bytes.
    package static let longestBlob = 65_536

    /// The type that a reader must ask for.
    package var type: StoredType {
        switch self {
        case .bool: .bool
        case .int: .int
        case .float: .float
        case .string: .string
        case .blob: .blob
        }
    }

    /// Refuses what the store does not keep.
    func check(as name: SettingName) throws(StorageError) {
        switch self {
        case .bool, .int: break
        case .float(let value):
            guard value.isFinite else { throw .notStorable(name: name.dotted) }
        case .string(let value):
            guard value.utf8.count <= Self.longestString else {
                throw .tooLong(name: name.dotted, bytes: value.utf8.count, limit: Self.longestString)
            }
        case .blob(let value):
            guard value.count <= Self.longestBlob else {
                throw .tooLong(name: name.dotted, bytes: value.count, limit: Self.longestBlob)
            }
        }
    }

    // MARK: - As columns

    /// The value as it stands in its column.
    var column: SQLValue {
        switch self {
        case .bool(let value): .integer(value ? 1 : 0)
        case .int(let value): .integer(value)
        case .float(let value): .real(value)
        case .string(let value): .text(value)
        case .blob(let value): .blob(value)
        }
    }

    /// Reads a value from its two columns; nil where they do not fit together.
    init?(type: String, column: SQLValue) {
        switch (StoredType(rawValue: type), column) {
        case (.bool, .integer(0)): self = .bool(false)
        case (.bool, .integer(1)): self = .bool(true)
        case (.int, .integer(let value)): self = .int(value)
        case (.float, .real(let value)): self = .float(value)
        case (.string, .text(let value)): self = .string(value)
        case (.blob, .blob(let value)): self = .blob(value)
        default: return nil
        }
    }
}

/// Where a value is kept: a namespace and a key in it, written `namespace.key`; the last dot divides them.
package struct SettingName: Sendable, Hashable, Comparable {
    /// 1 to 64 characters of a-z, 0-9, `_`, `-` and `.`.
    package let namespace: String
    /// 1 to 64 characters of a-z, 0-9, `_` and `-`.
    package let key: String

    /// - Throws: `StorageError.badName`.
    package init(_ namespace: String, _ key: String) throws(StorageError) {
        guard Self.isGood(namespace, dots: true), Self.isGood(key, dots: false) else {
            throw .badName(namespace + "." + key)
        }
        self.namespace = namespace
        self.key = key
    }

    /// Divides a dotted name.
    ///
    /// - Throws: `StorageError.badName`.
    package init(dotted: String) throws(StorageError) {
        guard let dot = dotted.lastIndex(of: ".") else { throw .badName(dotted) }
        try self.init(String(dotted[..<dot]), String(dotted[dotted.index(after: dot)...]))
    }

    /// The name with its dot, as schema, API and command line write it.
    package var dotted: String { namespace + "." + key }

    package static func < (one: SettingName, other: SettingName) -> Bool {
        (one.namespace, one.key) < (other.namespace, other.key)
    }

    private static func isGood(_ text: String, dots: Bool) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            case UInt8(ascii: "."): dots
            default: false
            }
        }
    }
}
