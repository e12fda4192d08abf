/// What of a request matters to who may make it.
package struct AccessRequest: Sendable {
    package var method: String
    package var hasBody: Bool
    /// Header `Content-Type`.
    package var contentType: String?
    /// Value of the cookie `SessionCookie.name`.
    package var sessionCookie: String?
    /// Header `Authorization`.
    package var authorization: String?
    /// Header `X-CSRF-Token`.
    package var crossSiteToken: String?
    /// Whether `Host` is an address or a name of this device.
    package var isOwnHost: Bool
    /// Whether `Origin`, else `Sec-Fetch-Site`, says that a page of this device made it.
    package var isSameOrigin: Bool
    /// Whether it came over TLS.
    package var isSecure: Bool
    /// Whether it came from this computer.
    package var isLoopback: Bool
    /// Whether it asks for a WebSocket.
    package var isUpgrade: Bool

    package init(
        method: String, hasBody: Bool = false, contentType: String? = nil, sessionCookie: String? = nil,
        authorization: String? = nil, crossSiteToken: String? = nil, isOwnHost: Bool, isSameOrigin: Bool,
        isSecure: Bool, isLoopback: Bool, isUpgrade: Bool = false
    ) {
        self.method = method
        self.hasBody = hasBody
        self.contentType = contentType
        self.sessionCookie = sessionCookie
        self.authorization = authorization
        self.crossSiteToken = crossSiteToken
        self.isOwnHost = isOwnHost
        self.isSameOrigin = isSameOrigin
        self.isSecure = isSecure
        self.isLoopback = isLoopback
        self.isUpgrade = isUpgrade
    }

    /// Whether it may change something: every method that is not known to change nothing.
    var isChange: Bool { !["GET", "HEAD", "OPTIONS"].contains(method) }

    /// Whether the body is JSON by its type.
    var isJSON: Bool {
        guard let type = contentType?.split(separator: ";", omittingEmptySubsequences: false).first else {
            return false
        }
        let words = type.split { $0 == " " || $0 == "\t" }
        return words.count == 1 && words[0].lowercased() == "application/json"
    }

    /// The secret of `Authorization: Bearer …`; nil where it is another scheme.
    var bearer: String? {
        let words = (authorization ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

/// Who makes a request.
package enum Identity: Sendable, Hashable {
    case nobody
    /// The owner, through a browser.
    case session(SessionID)
    /// A program.
    case token(APIToken)

    /// As history and log name it.
    package var author: String {
        switch self {
        case .nobody: "nobody"
        case .session: "page"
        case .token(let token): "token:" + token.name
        }
    }

    /// Whether it may do what needs this right.
    package func includes(_ scope: Scope) -> Bool {
        switch self {
        case .nobody: false
        case .session: true
        case .token(let token): token.includes(scope)
        }
    }
}

/// What becomes of a request.
package enum AccessVerdict: Sendable, Hashable {
    case allowed(Identity)
    case refused(AccessRefusal)
    /// It came without TLS: to the same address with it, and no cookie is set (S76).
    case redirected
}

/// Why somebody may not do something: what the answer says.
package struct AccessRefusal: Error, Sendable, Hashable {
    /// What a program tells apart beside the status.
    package enum Kind: Sendable, Hashable {
        case general
        /// The page asks for the password and repeats the request (S75).
        case passwordAgain
        /// The page gets its session's token and repeats the request.
        case crossSite
        /// The page goes to the claim.
        case notClaimed
    }

    /// HTTP status.
    package var status: Int
    package var kind: Kind
    /// A sentence with the mend.
    package var sentence: String
    /// The member of the body at fault.
    package var field: String?
    /// When it is worth another try.
    package var retryAfter: Duration?

    init(
        _ status: Int, _ sentence: String, kind: Kind = .general, field: String? = nil, retryAfter: Duration? = nil
    ) {
        self.status = status
        self.kind = kind
        self.sentence = sentence
        self.field = field
        self.retryAfter = retryAfter
    }

    static let misdirected = AccessRefusal(
        421,
        "This name is not this device's: open it by its address, its host name or its host name followed by .local.")
    static let needsTLS = AccessRefusal(403, "Without TLS nothing can be changed: use https.")
    static let closed = AccessRefusal(
        503, "The stored password and tokens cannot be read, so that nobody gets in: see the daemon's log.")
    static let notClaimed = AccessRefusal(
        403, "Nobody has claimed this device yet: open its page and enter the setup code.", kind: .notClaimed)
    static let claimed = AccessRefusal(
        409,
        "This device is claimed: log in. A lost password is reset on the device, by cellbridge admin reset-password."
    )
    static let noJSON = AccessRefusal(415, "The body has to be JSON: send Content-Type: application/json.")
    static let otherOrigin = AccessRefusal(
        403,
        "This did not come from a page of this device: a program sends an Origin equal to the address, or uses a token."
    )
    static let wrongPassword = AccessRefusal(401, "This is not the password.", field: "password")
    static let overtaken = AccessRefusal(409, "The password was changed meanwhile: log in again.")
    static let noMemory = AccessRefusal(
        503, "There is not enough memory to hash a password: try again.", retryAfter: .seconds(5))
    static let unauthenticated = AccessRefusal(401, "This needs a log-in or an API token.")
    static let badToken = AccessRefusal(401, "This API token is unknown, revoked or over: make a new one.")
    static let noCrossSiteToken = AccessRefusal(
        403, "The header X-CSRF-Token is missing or is not this session's: take it from /api/session.", kind: .crossSite
    )
    static let needsPerson = AccessRefusal(
        403, "This needs the password, which an API token does not replace: do it in a session.")
    static let passwordAgain = AccessRefusal(
        403, "This needs the password again: it was given over five minutes ago.", kind: .passwordAgain)

    static func lacks(_ scope: Scope) -> AccessRefusal {
        AccessRefusal(403, "This API token lacks the scope \(scope.rawValue): use one that has it.")
    }
}
