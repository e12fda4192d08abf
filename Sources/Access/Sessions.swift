package import Log

/// Who is logged in (S73), in memory alone: a restart of the process ends every session, and the card holds none.
///
/// Of a session's id only the hash is kept. Times are readings of a clock that never goes back.
struct Sessions: Sendable {
    /// A session ends so long after its last request.
    static let idle: Duration = .seconds(30 * 60)
    /// And so long after its log-in, whatever happens.
    static let longest: Duration = .seconds(12 * 3600)
    /// How long a password counts as just given (S75).
    static let fresh: Duration = .seconds(5 * 60)
    /// Sessions at a time; one more ends the one that was idle for longest.
    static let limit = 32
    /// Bytes of an id: 128 bits.
    static let idBytes = 16

    private struct Session: Sendable {
        var begin: Duration
        var lastSeen: Duration
        var passwordGiven: Duration

        func isOver(at now: Duration) -> Bool { lastSeen + Sessions.idle <= now || begin + Sessions.longest <= now }
    }

    private var sessions: [Digest: Session] = [:]

    /// Sessions kept, including some that are over.
    var count: Int { sessions.count }

    /// Begins a session, for somebody who has just given the password.
    mutating func begin(at now: Duration, using random: inout some RandomNumberGenerator) -> SessionID {
        sessions = sessions.filter { !$0.value.isOver(at: now) }
        while sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.lastSeen < $1.value.lastSeen }) {
            sessions[oldest.key] = nil
        }
        let id = SessionID(drawn: Hexadecimal.random(bytes: Self.idBytes, using: &random))
        sessions[id.digest] = Session(begin: now, lastSeen: now, passwordGiven: now)
        return id
    }

    /// Whether a session holds; a request keeps it from being idle.
    mutating func touch(_ id: SessionID, at now: Duration) -> Bool {
        guard var session = sessions[id.digest] else { return false }
        guard !session.isOver(at: now) else {
            sessions[id.digest] = nil
            return false
        }
        session.lastSeen = now
        sessions[id.digest] = session
        return true
    }

    /// Whether a session holds, without keeping it alive.
    func holds(_ id: SessionID, at now: Duration) -> Bool {
        sessions[id.digest].map { !$0.isOver(at: now) } ?? false
    }

    /// How much longer the password counts as just given; zero where it does not (S75).
    func freshness(of id: SessionID, at now: Duration) -> Duration {
        guard holds(id, at: now), let session = sessions[id.digest] else { return .zero }
        return max(.zero, session.passwordGiven + Self.fresh - now)
    }

    /// The password was given again.
    mutating func refresh(_ id: SessionID, at now: Duration) { sessions[id.digest]?.passwordGiven = now }

    /// Ends one session.
    mutating func end(_ id: SessionID) { sessions[id.digest] = nil }

    /// Ends every session.
    mutating func endAll() { sessions = [:] }
}

/// The id of a session as its cookie carries it: 128 random bits. It shows itself nowhere.
package struct SessionID: Sendable, Hashable {
    /// For the cookie alone.
    package let text: Secret
    let digest: Digest
    /// What the session's own pages send along with every change, and no other site's page can know (S74). It follows
    /// from the id, which does not follow from it.
    package let crossSiteToken: Secret

    fileprivate init(drawn text: String) {
        self.text = Secret(text)
        digest = Sodium.digest(Array(("session" + text).utf8))
        crossSiteToken = Secret(Sodium.digest(Array(("csrf" + text).utf8)).text)
    }

    /// Reads a cookie's value; nil where it can be no id.
    init?(_ text: String) {
        guard let bytes = Hexadecimal.bytes(text), bytes.count == Sessions.idBytes else { return nil }
        self.init(drawn: text)
    }

    /// Whether a header is this session's token, in a time that does not tell how much of it is right.
    func accepts(_ header: String?) -> Bool {
        guard let header else { return false }
        return Sodium.areEqual(Array(crossSiteToken.exposed.utf8), Array(header.utf8))
    }
}

/// The cookie that carries a session.
package enum SessionCookie {
    /// Its name. With `__Host-` a browser takes it only over TLS, for this host and all of it; without TLS, on loopback,
    /// no browser would keep that (S76).
    package static func name(isSecure: Bool) -> String { isSecure ? "__Host-session" : "session" }

    /// The header `Set-Cookie` of a log-in. It holds the session's secret.
    ///
    /// - Parameters:
    ///   - id: the session.
    ///   - isSecure: whether the connection is encrypted; it may only be false on loopback.
    /// - Returns: the header's value.
    package static func header(_ id: SessionID, isSecure: Bool) -> Secret {
        Secret(attributes(id.text.exposed, isSecure: isSecure))
    }

    /// The header `Set-Cookie` of a log-out.
    package static func removal(isSecure: Bool) -> String { attributes("", isSecure: isSecure) + "; Max-Age=0" }

    private static func attributes(_ value: String, isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=\(value); Path=/; \(isSecure ? "Secure; " : "")HttpOnly; SameSite=Strict"
    }
}
