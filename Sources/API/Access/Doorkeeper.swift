package import HTTP
package import JSONText
package import Log

/// Who calls.
package enum Caller: Sendable, Hashable {
    case nobody
    /// The owner's session, by a mark that tells one from another and is no secret.
    case session(mark: String)
    case token(id: String, name: String)

    /// As the history of the configuration and the log name it (S90).
    package var author: String {
        switch self {
        case .nobody: "nobody"
        case .session: "page"
        case .token(_, let name): "token:" + name
        }
    }

    /// Whether it belongs to someone known.
    package var isKnown: Bool { self != .nobody }
}

/// Who may come in: what the routes need of access control, and nothing of how it is kept.
package protocol Doorkeeper: Sendable {
    /// Whether the device has an owner (S70).
    var isClaimed: Bool { get }

    /// Judges one request. Called on the web loop for each one: it waits for nothing.
    func judge(_ request: HTTPRequest, _ demand: Demand) -> Result<Caller, Problem>

    /// Whether a caller has proven the password in the last five minutes (S75).
    func isFresh(_ caller: Caller) -> Bool

    /// Whether a caller still has the right to look, without keeping its session alive.
    func holds(_ caller: Caller) -> Bool

    /// Claims the device.
    func claim(code: Secret, password: Secret, _ request: HTTPRequest) async throws(Problem) -> HTTPResponse
    /// Begins a session.
    func logIn(_ password: Secret, _ request: HTTPRequest) async throws(Problem) -> HTTPResponse
    /// Ends a session.
    func logOut(_ request: HTTPRequest) async throws(Problem) -> HTTPResponse
    /// What a page needs to know of its session.
    func session(_ request: HTTPRequest) -> JSONValue
    /// Proves the password once more.
    func confirm(_ password: Secret, _ request: HTTPRequest) async throws(Problem) -> JSONValue
    /// Changes the password, which ends every session.
    func changePassword(
        current: Secret, new: Secret, _ request: HTTPRequest
    ) async throws(Problem) -> HTTPResponse

    /// The API tokens, without their secrets.
    func tokens() async throws(Problem) -> JSONValue
    /// Makes a token; the answer is the only place that shows it.
    func makeToken(name: String, scopes: [Scope], lifetime: Duration?) async throws(Problem) -> JSONValue
    /// Revokes a token.
    func revokeToken(_ id: String) async throws(Problem)
}

extension Problem {
    /// The password has to be given again (S75); pages ask for it and repeat the request.
    package static func passwordAgain(_ why: String) -> Problem {
        Problem(
            403, "password-again", "Password needed again",
            detail: "\(why): give the password again (POST /api/session/password), then repeat the request")
    }
}
