import JSONText
import Log
import Testing

@testable import Access

/// Sessions and tokens (S73).
@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    @Test func `S73: a session has 128 random bits, and only their hash is kept`() throws {
        var random = SplitMix(state: 3)
        var sessions = Sessions()
        let ids = (0..<20).map { _ in sessions.begin(at: .zero, using: &random) }
        #expect(Set(ids.map(\.text)).count == 20)
        for id in ids {
            #expect(id.text.exposed.utf8.count == 32)
            var dumped = ""
            dump(sessions, to: &dumped)
            #expect(!dumped.contains(id.text.exposed) && !"\(id)".contains(id.text.exposed))
            #expect(sessions.holds(try #require(SessionID(id.text.exposed)), at: .zero))
        }
        for wrong in ["", "x", String(repeating: "0", count: 31), String(repeating: "Z", count: 32)] {
            #expect(SessionID(wrong) == nil)
        }
        #expect(!sessions.holds(try #require(SessionID(String(repeating: "0", count: 32))), at: .zero))
    }

    @Test func `S73: a session ends after 30 idle minutes`() async throws {
        let (bench, session) = try await Bench.claimed()
        for _ in 0..<10 {
            bench.pass(.seconds(30 * 60) - .milliseconds(1))
            #expect(bench.judge(session).status == 0)
        }
        bench.pass(.seconds(30 * 60))
        #expect(bench.judge(session).status == 401 && !bench.control.holds(.session(session)))
    }

    @Test func `S73: a session ends twelve hours after its log-in, however busy`() async throws {
        let (bench, session) = try await Bench.claimed()
        for _ in 0..<(12 * 60 - 1) {
            bench.pass(.seconds(60))
            #expect(bench.judge(session).status == 0)
        }
        bench.pass(.seconds(60))
        #expect(bench.judge(session).status == 401)
    }

    @Test func `S73: an open page that only asks who it is, or listens, does not keep its session alive`() async throws
    {
        let (bench, session) = try await Bench.claimed()
        for _ in 0..<30 {
            bench.pass(.seconds(60))
            _ = bench.judge(session, "GET", Demand(.visitor))
            _ = bench.control.holds(.session(session))
        }
        #expect(bench.judge(session, "GET", Demand(.visitor)) == .allowed(.nobody))
        #expect(bench.judge(session).status == 401)
    }

    @Test func `S73: a log-in makes a new id and ends the browser's old one; a log-out ends it at once`() async throws {
        let (bench, old) = try await Bench.claimed()
        let new = try await bench.control.logIn(
            password: Bench.password, replacing: .session(old), from: Bench.address)
        #expect(new != old && bench.judge(old).status == 401 && bench.judge(new).status == 0)
        bench.control.logOut(.session(new))
        #expect(bench.judge(new).status == 401)
    }

    @Test func `S90, S91: claims, log-ins, failures, lock-outs and tokens are told, and no secret`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        _ = try? await bench.control.claim(code: Secret("AAAAA-AAAAA"), password: Bench.password, from: Bench.address)
        let session = try await bench.control.claim(
            code: Secret(code.text), password: Bench.password, from: Bench.address)
        _ = try await bench.control.logIn(password: Bench.password, from: Bench.address)
        let made = try await bench.control.makeToken(name: "test", scopes: [.read], author: "page")
        try await bench.control.revokeToken(id: made.token.id, author: "page")
        let new = Secret("another battery horse")
        try await bench.control.changePassword(from: Bench.password, to: new, peer: Bench.address)
        for _ in 0..<5 { _ = try? await bench.control.logIn(password: Bench.password, from: Bench.address) }
        let told = bench.news
        #expect(
            told.map(\.name) == [
                "access.claim_refused", "access.claimed", "access.log_in", "access.token_made", "access.token_revoked",
                "access.password_changed", "access.log_in_failed", "access.log_in_failed", "access.log_in_failed",
                "access.log_in_failed", "access.locked_out",
            ])
        let text = told.map { $0.sentence + JSONValue.object($0.fields).text }.joined()
        for secret in [code.text, Bench.password.exposed, new.exposed, made.secret.exposed, session.text.exposed] {
            #expect(!text.contains(secret))
        }
        #expect(text.contains(Bench.address))
    }

    @Test func `S73: the number of sessions is bounded, the one idle for longest gives way`() {
        var random = SplitMix(state: 5)
        var sessions = Sessions()
        let ids = (0..<Sessions.limit).map { sessions.begin(at: .seconds($0), using: &random) }
        let isTouched = sessions.touch(ids[0], at: .seconds(100))
        #expect(isTouched)
        _ = sessions.begin(at: .seconds(101), using: &random)
        #expect(sessions.count == Sessions.limit)
        #expect(sessions.holds(ids[0], at: .seconds(101)) && !sessions.holds(ids[1], at: .seconds(101)))
    }

    @Test func `S73: on TLS the cookie is __Host-, Secure, HttpOnly and SameSite=Strict`() async throws {
        let (_, session) = try await Bench.claimed()
        let id = session.text.exposed
        #expect(
            SessionCookie.header(session, isSecure: true).exposed
                == "__Host-session=\(id); Path=/; Secure; HttpOnly; SameSite=Strict")
        #expect(
            SessionCookie.header(session, isSecure: false).exposed == "session=\(id); Path=/; HttpOnly; SameSite=Strict"
        )
        #expect(SessionCookie.removal(isSecure: true).hasSuffix("; Max-Age=0"))
    }

    // MARK: - Tokens

    @Test func `S73: a token has 256 bits, is shown once and kept as a hash`() async throws {
        let (bench, _) = try await Bench.claimed()
        let made = try await bench.control.makeToken(name: "home automation", scopes: [.read], author: "page")
        #expect(made.secret.exposed.utf8.count == "cellbridge_".count + 64)
        let texts = try await bench.store.texts()
        #expect(texts.keys.contains { $0.hasPrefix("token_") })
        for text in texts.values { #expect(!text.contains(made.secret.exposed.suffix(64))) }
        #expect(bench.judge(made.secret, "GET", Demand(.scope(.read))).status == 0)
        // Over a restart, too.
        let other = try Bench()
        try await other.store.keep(texts.mapValues { $0 }, isDear: true)
        try await other.control.open()
        #expect(other.control.tokens == [made.token])
        #expect(other.judge(made.secret, "GET", Demand(.scope(.read))).status == 0)
    }

    /// What each scope opens.
    static let rights: [(Scope, Set<Scope>)] = [
        (.read, [.read]), (.control, [.read, .control]), (.admin, [.read, .control, .admin]), (.ota, [.ota]),
    ]

    /// Seen red with every scope included in every other.
    @Test(arguments: rights) func `S73: a token does what its scope says and no more`(
        scope: Scope, opened: Set<Scope>
    ) async throws {
        let (bench, _) = try await Bench.claimed()
        let made = try await bench.control.makeToken(name: "test", scopes: [scope], author: "page")
        for asked in Scope.allCases {
            for method in ["GET", "POST", "DELETE"] {
                let status = bench.judge(made.secret, method, Demand(.scope(asked))).status
                #expect(status == (opened.contains(asked) ? 0 : 403), "\(method) \(asked)")
            }
        }
    }

    @Test func `S73: a revoked token, one that is over and an invented one are strangers`() async throws {
        let (bench, session) = try await Bench.claimed()
        let demand = Demand(.scope(.read))
        let made = try await bench.control.makeToken(name: "one", scopes: [.admin], author: "page")
        let brief = try await bench.control.makeToken(
            name: "brief", scopes: [.admin], lifetime: .seconds(60), author: "page")
        #expect(bench.judge(brief.secret, "GET", demand).status == 0)
        bench.pass(.seconds(60))
        #expect(bench.judge(brief.secret, "GET", demand).status == 401)
        #expect(!bench.control.holds(.token(brief.token)))
        #expect(bench.judge(Secret(made.secret.exposed + "0"), "GET", demand).status == 401)
        for header in ["", "Bearer", "Bearer ", "Basic " + made.secret.exposed, made.secret.exposed] {
            // A wrong header is not mended by a right cookie.
            #expect(bench.judge(session, "GET", demand) { $0.authorization = header }.status == 401, "\(header)")
        }
        try await bench.control.revokeToken(id: made.token.id, author: "page")
        #expect(bench.judge(made.secret, "GET", demand).status == 401)
        #expect(await status { try await bench.control.revokeToken(id: made.token.id, author: "page") } == 404)
    }

    @Test func `a token that was revoked elsewhere does not come back with its last use`() async throws {
        let (bench, _) = try await Bench.claimed()
        let made = try await bench.control.makeToken(name: "one", scopes: [.read], author: "page")
        _ = bench.judge(made.secret, "GET", Demand(.scope(.read)))
        try await bench.store.keep(["token_" + made.token.id: nil], isDear: true)
        await bench.control.keepUses()
        try await bench.control.reload()
        #expect(bench.control.tokens.isEmpty)
        #expect(bench.judge(made.secret, "GET", Demand(.scope(.read))).status == 401)
    }

    @Test func `the last use of a token is known, and kept`() async throws {
        let (bench, _) = try await Bench.claimed()
        let made = try await bench.control.makeToken(name: "one", scopes: [.read], author: "page")
        #expect(bench.control.tokens.first?.lastUsed == nil)
        bench.pass(.seconds(5))
        _ = bench.judge(made.secret, "GET", Demand(.scope(.read)))
        #expect(bench.control.tokens.first?.lastUsed == bench.now.wall)
        await bench.control.keepUses()
        #expect(try Credentials(try await bench.store.texts()).tokens.values.first?.lastUsed == bench.now.wall)
    }

    @Test func `tokens without a name or a scope, or by the hundred, are refused`() async throws {
        let (bench, _) = try await Bench.claimed()
        func make(_ name: String, _ scopes: Set<Scope>) async -> Int {
            await status { _ = try await bench.control.makeToken(name: name, scopes: scopes, author: "page") }
        }
        #expect(await make("", [.read]) == 422)
        #expect(await make("line\nbreak", [.read]) == 422)
        #expect(await make(String(repeating: "x", count: 65), [.read]) == 422)
        #expect(await make("none", []) == 422)
        for number in 0..<APIToken.limit { #expect(await make("\(number)", [.read]) == 0) }
        #expect(await make("one more", [.read]) == 409)
    }

    @Test func `a stored token that is damaged is none`() {
        let good =
            #"{"name":"a","created":1,"scopes":["read"],"expires":null,"digest":""# + String(repeating: "0", count: 64)
            + "\"}"
        #expect(APIToken(id: "1", stored: good, lastUsed: nil) != nil)
        for (part, other) in [
            ("\"read\"", "\"root\""), ("[\"read\"]", "[]"), ("00\"}", "\"}"), ("null", "\"never\""), ("1,", "1.5,"),
            ("{", ""),
        ] {
            #expect(APIToken(id: "1", stored: good.replacing(part, with: other), lastUsed: nil) == nil, "\(other)")
        }
    }
}
