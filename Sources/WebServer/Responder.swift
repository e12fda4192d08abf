package import HTTP

/// What answers requests; the server knows nothing of what they mean.
package protocol Responder: Sendable {
    /// What becomes of a request once its head is there. On the web loop: decide at once, wait for nothing.
    func admit(_ head: HTTPRequest) -> Admission

    /// Answers a request whose body was admitted. On the web loop's executor; cancelled when the client goes away.
    func respond(_ request: HTTPRequest, body: RequestBody) async -> HTTPResponse

    /// Lives as long as an admitted WebSocket does: returning closes it. Cancelled when the client goes away.
    func open(_ request: HTTPRequest, _ socket: WebSocket) async
}

/// What becomes of a request, or of the WebSocket that it asks for.
package struct Admission: Sendable {
    /// What is done with it.
    package enum Decision: Sendable {
        /// Answered at once. A body that is still to come is not read, and the connection ends after the answer.
        case answer(HTTPResponse)
        /// `respond` is called with the whole body, of up to so many bytes; with more the answer is 413.
        case whole(limit: Int)
        /// `respond` is called at once, and given the body as it comes, up to so many bytes.
        case streamed(limit: Int)
        /// The WebSocket is opened. A request that asks for none gets 426.
        case socket
    }

    package var decision: Decision
    /// Whether it belongs to someone known: when connections run out, theirs stay (S78).
    package var hasSession: Bool

    package init(_ decision: Decision, hasSession: Bool = false) {
        self.decision = decision
        self.hasSession = hasSession
    }

    /// Bytes of a JSON body (S78).
    package static let jsonLimit = 256 * 1024
}
