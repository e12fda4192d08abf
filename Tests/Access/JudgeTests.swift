import Log
import Testing

@testable import Access

/// What a request may do (S74-S76).
@Suite(.timeLimit(.minutes(1))) struct JudgeTests {
    private let change = Demand(.scope(.control))

    @Test func `S73: a stranger gets 401 from everything that needs a right`() async throws {
        let (bench, _) = try await Bench.claimed()
        for scope in Scope.allCases {
            for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"] {
                #expect(bench.judge(nil, method, Demand(.scope(scope))).status == 401)
            }
        }
        #expect(bench.judge(nil, "GET", Demand(.visitor)) == .allowed(.nobody))
    }

    @Test func `S74: a change needs JSON, the own origin and the session's token`() async throws {
        let (bench, session) = try await Bench.claimed()
        let other = try await bench.control.logIn(password: Bench.password, from: Bench.address)
        for method in ["POST", "PUT", "PATCH", "DELETE", "BREW"] {
            #expect(bench.judge(session, method, change).status == 0)
            for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", " "]
            {
                #expect(bench.judge(session, method, change) { $0.contentType = type }.status == 415)
            }
            #expect(bench.judge(session, method, change) { $0.contentType = nil }.status == 415)
            #expect(bench.judge(session, method, change) { $0.isSameOrigin = false }.status == 403)
            for token in [nil, "", "x", other.crossSiteToken.exposed, session.text.exposed] {
                guard case .refused(let refusal) = bench.judge(session, method, change, { $0.crossSiteToken = token })
                else {
                    Issue.record("\(method) without the token")
                    continue
                }
                #expect(refusal.status == 403 && refusal.kind == .crossSite)
            }
        }
        let isFine = bench.judge(session, "POST", change) { $0.contentType = "Application/JSON ; charset=utf-8" }
        #expect(isFine.status == 0)
        // Without a body there is nothing to have a type.
        #expect(
            bench.judge(session, "DELETE", change) {
                $0.contentType = nil
                $0.hasBody = false
            }.status == 0)
    }

    @Test func `S74: an upload need not be JSON, but still the page's own`() async throws {
        let (bench, session) = try await Bench.claimed()
        let demand = Demand(.scope(.ota), needsFreshPassword: true, takesFile: true)
        func judge(_ change: (inout AccessRequest) -> Void) -> Int {
            bench.judge(session, "POST", demand) {
                $0.contentType = "multipart/form-data; boundary=x"
                change(&$0)
            }.status
        }
        #expect(judge { _ in } == 0)
        #expect(judge { $0.isSameOrigin = false } == 403)
        #expect(judge { $0.crossSiteToken = nil } == 403)
    }

    @Test func `S74: claim and log-in come from the device's own page, as JSON`() async throws {
        let (unclaimed, _) = try await Bench.unclaimed()
        let (claimed, _) = try await Bench.claimed()
        for (bench, demand) in [(unclaimed, Demand(.setup)), (claimed, Demand(.visitor))] {
            #expect(bench.judge(nil, "POST", demand).status == 0)
            #expect(bench.judge(nil, "POST", demand) { $0.isSameOrigin = false }.status == 403)
            #expect(bench.judge(nil, "POST", demand) { $0.contentType = "text/plain" }.status == 415)
        }
    }

    @Test func `S74: a WebSocket is opened by the device's own page or by a token`() async throws {
        let (bench, session) = try await Bench.claimed()
        let demand = Demand(.scope(.read))
        #expect(bench.judge(session, "GET", demand) { $0.isUpgrade = true }.status == 0)
        let foreign = bench.judge(session, "GET", demand) {
            $0.isUpgrade = true
            $0.isSameOrigin = false
        }
        #expect(foreign.status == 403)
        let made = try await bench.control.makeToken(name: "watch", scopes: [.read], author: "page")
        let program = bench.judge(nil, "GET", demand) {
            $0.isUpgrade = true
            $0.isSameOrigin = false
            $0.authorization = "bearer " + made.secret.exposed
        }
        #expect(program.status == 0)
    }

    @Test func `S74: under another name nothing answers`() async throws {
        let (bench, session) = try await Bench.claimed()
        for demand in [Demand(.anyone), Demand(.setup), Demand(.visitor), Demand(.scope(.read))] {
            #expect(bench.judge(session, "GET", demand) { $0.isOwnHost = false }.status == 421)
        }
    }

    @Test func `S74: a forged change does not keep a session alive`() async throws {
        let (bench, session) = try await Bench.claimed()
        bench.pass(.seconds(29 * 60))
        #expect(bench.judge(session, "POST", change) { $0.isSameOrigin = false }.status == 403)
        #expect(bench.judge(session, "POST", change) { $0.crossSiteToken = nil }.status == 403)
        bench.pass(.seconds(60))
        #expect(bench.judge(session).status == 401)
    }

    @Test func `S75: what is dangerous needs the password again, within five minutes`() async throws {
        let (bench, session) = try await Bench.claimed()
        let demand = Demand(.scope(.admin), needsFreshPassword: true)
        // A log-in is a password just given.
        #expect(bench.judge(session, "POST", demand).status == 0)
        #expect(bench.control.freshness(session) == .seconds(300))
        bench.pass(.seconds(299))
        #expect(bench.judge(session, "POST", demand).status == 0)
        bench.pass(.seconds(1))
        for method in ["GET", "POST"] {
            guard case .refused(let refusal) = bench.judge(session, method, demand) else {
                Issue.record("\(method) went through")
                continue
            }
            #expect(refusal.status == 403 && refusal.kind == .passwordAgain)
        }
        #expect(bench.judge(session, "POST", Demand(.scope(.admin))).status == 0)
        let wrong = await status {
            try await bench.control.confirm(password: Secret("not the password"), session, from: Bench.address)
        }
        #expect(wrong == 401 && bench.judge(session, "POST", demand).status == 403)
        try await bench.control.confirm(password: Bench.password, session, from: Bench.address)
        #expect(bench.judge(session, "POST", demand).status == 0)
    }

    @Test func `S75: the password given in one session does not count in another`() async throws {
        let (bench, one) = try await Bench.claimed()
        let other = try await bench.control.logIn(password: Bench.password, from: Bench.address)
        bench.pass(.seconds(300))
        try await bench.control.confirm(password: Bench.password, one, from: Bench.address)
        #expect(bench.control.freshness(one) > .zero && bench.control.freshness(other) == .zero)
    }

    @Test func `S75: a token stands for no password, but one for updates uploads them`() async throws {
        let (bench, _) = try await Bench.claimed()
        let admin = try await bench.control.makeToken(name: "admin", scopes: [.admin], author: "page")
        let ota = try await bench.control.makeToken(name: "ota", scopes: [.ota], author: "page")
        #expect(bench.judge(admin.secret, "POST", Demand(.scope(.admin))).status == 0)
        #expect(bench.judge(admin.secret, "POST", Demand(.scope(.admin), needsFreshPassword: true)).status == 403)
        #expect(bench.judge(ota.secret, "POST", Demand(.scope(.ota), needsFreshPassword: true)).status == 0)
    }

    @Test func `S76: without TLS everything is sent to it and nothing changes, but on loopback`() async throws {
        let (bench, session) = try await Bench.claimed()
        let demands = [Demand(.anyone), Demand(.setup), Demand(.visitor), Demand(.scope(.read))]
        for demand in demands {
            #expect(bench.judge(session, "GET", demand) { $0.isSecure = false } == .redirected)
            #expect(bench.judge(session, "POST", demand) { $0.isSecure = false }.status == 403)
        }
        let local = bench.judge(session, "POST", change) {
            $0.isSecure = false
            $0.isLoopback = true
        }
        #expect(local.status == 0)
    }

    @Test func `S91: no log line holds a password, token or session id`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        let wrong = Secret("hunter2hunter2")
        _ = await status {
            _ = try await bench.control.claim(code: wrong, password: Bench.password, from: Bench.address)
        }
        let session = try await bench.control.claim(
            code: Secret(code.text), password: Bench.password, from: Bench.address)
        for _ in 0..<6 { _ = await status { _ = try await bench.control.logIn(password: wrong, from: "192.0.2.9") } }
        let made = try await bench.control.makeToken(name: "one", scopes: [.read], author: "page")
        await bench.store.fill()
        _ = await status { _ = try await bench.control.makeToken(name: "two", scopes: [.read], author: "page") }
        await bench.store.fill(false)
        try await bench.control.revokeToken(id: made.token.id, author: "page")
        let new = Secret("quite another password")
        try await bench.control.changePassword(from: Bench.password, to: new, peer: Bench.address)
        let lines = bench.lines.joined(separator: "\n")
        for event in [
            "setup_code", "claim_refused", "claimed", "log_in_failed", "locked_out", "token_made", "store",
            "token_revoked", "password_changed",
        ] { #expect(lines.contains("access." + event), "\(event)") }
        let texts = try await bench.store.texts()
        let secrets = [wrong, Bench.password, new, session.text, session.crossSiteToken, made.secret]
        for secret in secrets { #expect(!lines.contains(secret.exposed)) }
        for (key, text) in texts where key == "password" || key.hasPrefix("token_") { #expect(!lines.contains(text)) }
        var dumped = ""
        dump((session, made, AccessRefusal.wrongPassword, Identity.session(session)), to: &dumped)
        for secret in secrets { #expect(!dumped.contains(secret.exposed)) }
    }
}
