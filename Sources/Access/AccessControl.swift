internal import JSONText
package import Log
internal import Synchronization

/// Who may do what, for everything that answers the network: judges each request at once, and takes claims, log-ins and
/// changes, which wait for the password's hash and for the store.
///
/// A change is stored before it holds. Nothing here ever names a secret in the log (S91).
package final class AccessControl: Sendable {
    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        package var store: any AccessStore
        package var hasher: PasswordHasher
        package var clock: @Sendable () -> AccessTime
        /// Where codes, sessions and tokens come from: cryptographic, but in tests.
        package var random: any RandomNumberGenerator & Sendable
        package var logger: Logger
        /// Told what the event list shows, beside the log.
        package var tell: @Sendable (AccessNews) -> Void

        package init(
            store: any AccessStore, hasher: PasswordHasher, clock: @escaping @Sendable () -> AccessTime,
            random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), logger: Logger,
            tell: @escaping @Sendable (AccessNews) -> Void = { _ in }
        ) {
            self.store = store
            self.hasher = hasher
            self.clock = clock
            self.random = random
            self.logger = logger
            self.tell = tell
        }
    }

    private struct Guarded {
        var state = AccessState()
        var random: any RandomNumberGenerator & Sendable
    }

    private let parts: Dependencies
    private let guarded: Mutex<Guarded>
    /// One change after the other, each on what the one before has stored.
    private let changes = AsyncGate()

    /// Stores what it is given; until `open` nobody gets in.
    package init(_ parts: Dependencies) {
        self.parts = parts
        guarded = Mutex(Guarded(random: parts.random))
    }

    // MARK: - Opening

    /// Reads what is stored. An unclaimed device gets a setup code, which the log shows this once (S70).
    ///
    /// - Throws: what the store throws, or that the password is damaged; then nobody gets in.
    package func open() async throws {
        try await changes.alone { () async throws in
            var credentials = try Credentials(try await parts.store.texts())
            if !credentials.isClaimed {
                if credentials.setupCode == nil {
                    let code = draw { SetupCode.draw(using: &$0) }
                    try await parts.store.keep([Credentials.Key.setupCode: code.text], isDear: true)
                    credentials.setupCode = code
                    parts.logger.notice(
                        "access.setup_code", "this device is unclaimed: open its page and enter the setup code",
                        [.init("setup_code", .string(code.text))])
                } else {
                    parts.logger.notice(
                        "access.unclaimed",
                        "this device is unclaimed: cellbridge admin setup-code shows the code for its page")
                }
            }
            adopt(credentials)
        }
    }

    /// Reads again what another process (`cellbridge admin`) has changed. Where it changed the password, every session
    /// ends.
    ///
    /// - Throws: what the store throws, or that the password is damaged; then what was known holds.
    package func reload() async throws {
        try await changes.alone { () async throws in
            let credentials = try Credentials(try await parts.store.texts())
            let wasClaimed = isClaimed
            adopt(credentials)
            if wasClaimed, !credentials.isClaimed {
                say(.warning, "access.reset", "the password was reset on this device; sessions and tokens ended")
            }
        }
    }

    // MARK: - Judging

    /// Whether somebody has claimed the device.
    package var isClaimed: Bool { guarded.withLock { $0.state.credentials?.isClaimed ?? false } }

    /// Judges a request; never waits.
    package func judge(_ request: AccessRequest, _ demand: Demand) -> AccessVerdict {
        let now = parts.clock()
        return guarded.withLock { AccessJudge.judge(request, demand, &$0.state, at: now) }
    }

    /// Whether somebody who was let in may still be: for a connection that lasts, such as a WebSocket. Asking is no use.
    package func holds(_ identity: Identity) -> Bool {
        let now = parts.clock()
        return guarded.withLock { guarded in
            switch identity {
            case .nobody: true
            case .session(let id): guarded.state.sessions.holds(id, at: now.uptime)
            case .token(let token):
                guarded.state.credentials?.tokens[token.digest].map { !$0.isOver(at: now.wall) } ?? false
            }
        }
    }

    /// How much longer a session's password counts as just given; zero where it does not (S75).
    package func freshness(_ id: SessionID) -> Duration {
        let now = parts.clock()
        return guarded.withLock { $0.state.sessions.freshness(of: id, at: now.uptime) }
    }

    // MARK: - The owner

    /// Claims the unclaimed device, and logs its new owner in.
    ///
    /// - Parameters:
    ///   - code: as it was typed.
    ///   - password: the owner's from now on.
    ///   - peer: numeric address of who asks, for the log.
    /// - Returns: the session of the new owner.
    /// - Throws: `AccessRefusal`; then the device is as unclaimed as before.
    package func claim(code: Secret, password: Secret, from peer: String) async throws(AccessRefusal) -> SessionID {
        try await changes.alone { () async throws(AccessRefusal) in
            let now = parts.clock().uptime
            // The rule for passwords first: a short one must not cost a try.
            if let problem = PasswordRule.problem(password) { throw AccessRefusal(422, problem, field: "password") }
            let outcome = guarded.withLock { guarded -> AccessRefusal? in
                Self.tryCode(code, &guarded.state, at: now)
            }
            if let outcome {
                say(.warning, "access.claim_refused", "a claim was refused", [.init("peer", .string(peer))])
                throw outcome
            }
            let hash = try await hashed(password)
            try await keep([Credentials.Key.password: hash.text, Credentials.Key.setupCode: nil])
            var credentials = Credentials()
            credentials.password = hash
            adopt(credentials)
            say(.notice, "access.claimed", "the device was claimed", [.init("peer", .string(peer))])
            return try begin(for: hash)
        }
    }

    /// Logs the owner in.
    ///
    /// - Parameters:
    ///   - password: as it was typed.
    ///   - old: the session that the browser still has; it ends.
    ///   - peer: numeric address of who asks.
    /// - Returns: a new session (S73).
    /// - Throws: `AccessRefusal`: 401 for a wrong password, 429 while locked out (S72).
    package func logIn(
        password: Secret, replacing old: Identity = .nobody, from peer: String
    ) async throws(AccessRefusal) -> SessionID {
        let hash = try await prove(password, from: peer, wrong: .wrongPassword)
        let session = try begin(for: hash)
        logOut(old)
        say(.notice, "access.log_in", "somebody logged in", [.init("peer", .string(peer))])
        return session
    }

    /// Proves the password again (S75); the session stays, whatever comes of it.
    ///
    /// - Throws: `AccessRefusal` as for a log-in.
    package func confirm(password: Secret, _ session: SessionID, from peer: String) async throws(AccessRefusal) {
        _ = try await prove(password, from: peer, wrong: .wrongPassword)
        let now = parts.clock().uptime
        guarded.withLock { $0.state.sessions.refresh(session, at: now) }
    }

    /// Ends a session at once.
    package func logOut(_ identity: Identity) {
        guard case .session(let id) = identity else { return }
        guarded.withLock { $0.state.sessions.end(id) }
    }

    /// Changes the password; every session ends, its own too (S73).
    ///
    /// - Throws: `AccessRefusal`; then the old password holds.
    package func changePassword(
        from old: Secret, to new: Secret, peer: String
    ) async throws(AccessRefusal) {
        if let problem = PasswordRule.problem(new) { throw AccessRefusal(422, problem, field: "new") }
        let proven = try await prove(
            old, from: peer, wrong: AccessRefusal(403, "This is not the present password.", field: "current"))
        try await changes.alone { () async throws(AccessRefusal) in
            let hash = try await hashed(new)
            var credentials = try credentials()
            guard credentials.password == proven else { throw .overtaken }
            try await keep([Credentials.Key.password: hash.text])
            credentials.password = hash
            adopt(credentials)
            say(
                .notice, "access.password_changed", "the password was changed; every session ended",
                [.init("peer", .string(peer))])
        }
    }

    // MARK: - For extensions

    /// Tells log and event list (S90).
    func say(_ level: LogLevel, _ name: String, _ sentence: String, _ fields: [JSONValue.Member] = []) {
        parts.logger.log(level, name, sentence, fields)
        parts.tell(AccessNews(level: level, name: name, sentence: sentence, fields: fields))
    }

    var hasher: PasswordHasher { parts.hasher }

    func withState<Value: Sendable>(_ body: (inout AccessState) -> Value) -> Value {
        guarded.withLock { body(&$0.state) }
    }

    /// What is known now.
    ///
    /// - Throws: `AccessRefusal` while nothing is.
    func credentials() throws(AccessRefusal) -> Credentials {
        guard let credentials = guarded.withLock({ $0.state.credentials }) else { throw .closed }
        return credentials
    }

    func now() -> AccessTime { parts.clock() }

    func draw<Value: Sendable>(_ body: (inout any RandomNumberGenerator & Sendable) -> Value) -> Value {
        guarded.withLock { body(&$0.random) }
    }

    func adopt(_ credentials: Credentials) { guarded.withLock { $0.state.adopt(credentials) } }

    /// Makes a change that builds on what the one before has left.
    func alone<Value>(_ body: () async throws(AccessRefusal) -> Value) async throws(AccessRefusal) -> Value {
        try await changes.alone(body)
    }

    /// Writes texts to the store.
    ///
    /// - Throws: `AccessRefusal` 507; then nothing was written.
    func keep(_ texts: [String: String?], isDear: Bool = true) async throws(AccessRefusal) {
        do {
            try await parts.store.keep(texts, isDear: isDear)
        } catch {
            parts.logger.error("access.store", "a change of password or tokens could not be stored: \(error)")
            throw AccessRefusal(507, "The change could not be stored, so that nothing has changed: \(error).")
        }
    }

    // MARK: - Private

    /// Judges a try of the setup code; nil where it is right.
    private static func tryCode(_ code: Secret, _ state: inout AccessState, at now: Duration) -> AccessRefusal? {
        guard let credentials = state.credentials else { return .closed }
        guard !credentials.isClaimed else { return .claimed }
        if let wait = state.setupTries.book(at: now) {
            return AccessRefusal(
                429, "The setup code was tried five times: wait a quarter of an hour.", retryAfter: wait)
        }
        guard let right = credentials.setupCode, right.isEqual(to: code) else {
            return AccessRefusal(
                403, "This is not the setup code: cellbridge admin setup-code shows it on the device.", field: "code")
        }
        return nil
    }

    /// Begins a session for somebody who has proven the password that a hash is of, unless it was changed meanwhile.
    private func begin(for hash: PasswordHash) throws(AccessRefusal) -> SessionID {
        let now = parts.clock().uptime
        let session = guarded.withLock { guarded -> SessionID? in
            guard guarded.state.credentials?.password == hash else { return nil }
            return guarded.state.sessions.begin(at: now, using: &guarded.random)
        }
        guard let session else { throw .overtaken }
        return session
    }
}
