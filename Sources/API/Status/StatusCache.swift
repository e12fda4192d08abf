package import HTTP
package import JSONText
package import Links
import Synchronization

/// The status document as text, rendered once for everybody who asks at about the same time.
package final class StatusCache: Sendable {
    /// How old a text may be. It says itself of which moment it is, and no stage changes by more than this.
    package static let lifetime: Duration = .milliseconds(50)

    private struct Rendered {
        var text: [UInt8]
        var made: Instant
    }

    private let render: @Sendable () -> JSONValue
    private let now: @Sendable () -> Instant
    private let rendered = Mutex<Rendered?>(nil)

    /// - Parameters:
    ///   - now: the clock of the control loop.
    ///   - render: makes the document as it is now; reads `Latest` values and waits for nothing (S78).
    package init(
        now: @escaping @Sendable () -> Instant, render: @escaping @Sendable () -> JSONValue
    ) {
        self.now = now
        self.render = render
    }

    /// The document as it is now.
    package var document: JSONValue { render() }

    /// The answer to `GET /api/status`.
    package var response: HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: .bytes(text))
    }

    private var text: [UInt8] {
        let now = now()
        if let fresh = rendered.withLock({ $0 }), fresh.made + Self.lifetime > now { return fresh.text }
        var text: [UInt8] = []
        text.reserveCapacity(8192)
        render().append(to: &text)
        let made = text
        rendered.withLock { $0 = Rendered(text: made, made: now) }
        return text
    }
}
