package import JSONText

/// A text that no log, page or error message may show: a password, token, key or session id (S91).
///
/// The type masks itself wherever it is printed, interpolated, dumped or made into JSON; only `exposed` reads it.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown in place of any secret, whatever its length.
    package static let mask = "•••"

    /// The text itself, for the one place that needs it. Never for a log.
    package let exposed: String

    /// Wraps a text.
    package init(_ exposed: String) { self.exposed = exposed }

    /// The mask.
    package var description: String { Self.mask }
    /// The mask.
    package var debugDescription: String { Self.mask }
    /// Nothing to look into.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension JSONValue {
    /// The mask of a secret, or null where there is none.
    package init(_ secret: Secret?) { self = secret == nil ? .null : .string(Secret.mask) }
}
