/// How long to wait before a port is opened again: 0.5, 1, 2, then 5 s for ever (S30).
package struct ReopenBackoff: Sendable, Hashable {
    private static let waits: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(5)]
    private var failures = 0

    package init() {}

    /// The wait after one more failure.
    package mutating func next() -> Duration {
        defer { failures = min(failures + 1, Self.waits.count - 1) }
        return Self.waits[failures]
    }

    /// Starts over, once the port has worked.
    package mutating func reset() { failures = 0 }
}
