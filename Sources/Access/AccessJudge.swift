/// The two clocks.
package struct AccessTime: Sendable, Hashable {
    /// Reading of a clock that never goes back: sessions and locks.
    package var uptime: Duration
    /// Wall clock, Unix milliseconds: tokens.
    package var wall: Int64

    package init(uptime: Duration, wall: Int64) {
        self.uptime = uptime
        self.wall = wall
    }
}

/// What a judgement rests on.
struct AccessState: Sendable {
    /// Nil while the store could not be read: then nobody gets in, and nobody can claim.
    var credentials: Credentials?
    var sessions = Sessions()
    var lockOut = LockOut()
    var setupTries = SetupTries()

    /// Takes up what is stored. Where the password is another, every session ends (S73).
    mutating func adopt(_ new: Credentials) {
        if credentials?.password != new.password { sessions.endAll() }
        var new = new
        // The use of a token is written down later than it is known.
        for (digest, token) in new.tokens {
            guard let used = credentials?.tokens[digest]?.lastUsed else { continue }
            new.tokens[digest]?.lastUsed = max(used, token.lastUsed ?? used)
        }
        credentials = new
    }
}

/// Whether a request may be made: the one place that decides it (S70, S73-S76).
enum AccessJudge {
    /// Judges a request by what its route demands. What is allowed keeps its session from being idle.
    static func judge(
        _ request: AccessRequest, _ demand: Demand, _ state: inout AccessState, at now: AccessTime
    ) -> AccessVerdict {
        // A stranger's name that leads to our address would make its pages ours (S74).
        guard request.isOwnHost else { return .refused(.misdirected) }
        // A password or cookie on an open wire is everybody's (S76). What changes something is not sent twice.
        guard request.isSecure || request.isLoopback else {
            return request.isChange ? .refused(.needsTLS) : .redirected
        }
        if demand.caller == .anyone { return .allowed(.nobody) }
        guard let credentials = state.credentials else { return .refused(.closed) }
        if demand.caller == .setup {
            guard !credentials.isClaimed else { return .refused(.claimed) }
        } else {
            guard credentials.isClaimed else { return .refused(.notClaimed) }
        }
        // No form of another site can send JSON (S74).
        if request.isChange, !demand.takesFile, request.hasBody || request.contentType != nil, !request.isJSON {
            return .refused(.noJSON)
        }
        switch demand.caller {
        case .anyone: return .allowed(.nobody)
        case .setup, .visitor:
            guard !request.isChange || request.isSameOrigin else { return .refused(.otherOrigin) }
            return .allowed(visitor(request, &state, at: now))
        case .scope(let scope):
            if request.authorization != nil { return token(request, scope, demand, &state, at: now) }
            return session(request, demand, &state, at: now)
        }
    }

    // MARK: - Private

    /// A program: its header is sent by nobody else, so that no other site can make it ask for anything.
    private static func token(
        _ request: AccessRequest, _ scope: Scope, _ demand: Demand, _ state: inout AccessState, at now: AccessTime
    ) -> AccessVerdict {
        guard let token = known(request, &state, at: now) else { return .refused(.badToken) }
        guard token.includes(scope) else { return .refused(.lacks(scope)) }
        // A program has no password to give (S75). To upload is all that an update's token is made for, and the bundle
        // carries a signature of its own.
        guard !demand.needsFreshPassword || scope == .ota else { return .refused(.needsPerson) }
        return .allowed(.token(token))
    }

    /// The owner's browser, which sends its cookie whoever makes it ask.
    private static func session(
        _ request: AccessRequest, _ demand: Demand, _ state: inout AccessState, at now: AccessTime
    ) -> AccessVerdict {
        guard let id = request.sessionCookie.flatMap({ SessionID($0) }), state.sessions.holds(id, at: now.uptime) else {
            return .refused(.unauthenticated)
        }
        if request.isChange || request.isUpgrade {
            guard request.isSameOrigin else { return .refused(.otherOrigin) }
        }
        if request.isChange {
            guard id.accepts(request.crossSiteToken) else { return .refused(.noCrossSiteToken) }
        }
        _ = state.sessions.touch(id, at: now.uptime)
        if demand.needsFreshPassword {
            guard state.sessions.freshness(of: id, at: now.uptime) > .zero else { return .refused(.passwordAgain) }
        }
        return .allowed(.session(id))
    }

    /// Whoever asks who they are: looking is no use of the session, so that an open page does not keep it alive.
    private static func visitor(
        _ request: AccessRequest, _ state: inout AccessState, at now: AccessTime
    ) -> Identity {
        if request.authorization != nil { return known(request, &state, at: now).map { .token($0) } ?? .nobody }
        guard let id = request.sessionCookie.flatMap({ SessionID($0) }), state.sessions.holds(id, at: now.uptime) else {
            return .nobody
        }
        return .session(id)
    }

    private static func known(
        _ request: AccessRequest, _ state: inout AccessState, at now: AccessTime
    ) -> APIToken? {
        guard let secret = request.bearer else { return nil }
        // Found by its hash: how long that takes tells nothing of the secret.
        let digest = APIToken.digest(of: secret)
        guard let token = state.credentials?.tokens[digest], !token.isOver(at: now.wall) else { return nil }
        state.credentials?.tokens[digest]?.lastUsed = now.wall
        return token
    }
}
