import Log
import Testing

@testable import Access

/// The claim of an unclaimed device (S70).
@Suite(.timeLimit(.minutes(1))) struct SetupTests {
    @Test func `S70: a setup code has at least 40 bits, no look-alikes, and reads back however it is typed`() throws {
        #expect(SetupCode.alphabet.count == Set(SetupCode.alphabet).count)
        var possible: UInt64 = 1
        for _ in 0..<SetupCode.length { possible *= UInt64(SetupCode.alphabet.count) }
        #expect(possible >= 1 << 40)
        for pair in ["0O", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV"] {
            #expect(pair.filter(SetupCode.alphabet.contains).count < 2, "\(pair)")
        }
        var random = SplitMix(state: 1)
        for _ in 0..<100 {
            let code = SetupCode.draw(using: &random)
            #expect(code.text.count == 11)
            #expect(SetupCode(code.text) == code)
            #expect(SetupCode(" " + code.text.lowercased().replacing("-", with: " ") + " ") == code)
        }
        for wrong in [
            "", "-", "ACDEF", "ACDEF-GHJK0", "ACDEF-GHJKMN", String(repeating: "A", count: 10_000), "ßßßßß-ßßßßß",
        ] {
            #expect(SetupCode(wrong) == nil)
        }
    }

    @Test func `S70: until it is claimed a device answers nothing but what anyone may see and the claim`() async throws
    {
        let (bench, _) = try await Bench.unclaimed()
        #expect(bench.judge(nil, "GET", Demand(.anyone)).status == 0)
        #expect(bench.judge(nil, "POST", Demand(.setup)).status == 0)
        for scope in Scope.allCases {
            guard case .refused(let refusal) = bench.judge(nil, "GET", Demand(.scope(scope))) else {
                Issue.record("\(scope) is open")
                continue
            }
            #expect(refusal.status == 403 && refusal.kind == .notClaimed)
        }
        #expect(bench.judge(nil, "POST", Demand(.visitor)).status == 403)
        // There is no default password.
        #expect(await status { _ = try await bench.control.logIn(password: Secret(""), from: Bench.address) } == 403)
    }

    @Test func `S70: the code claims the device once`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        let session = try await bench.control.claim(
            code: Secret(code.text.lowercased()), password: Bench.password, from: Bench.address)
        #expect(bench.control.isClaimed && bench.judge(session).status == 0)
        #expect(try await bench.store.texts()["setup_code"] == nil)
        #expect(bench.judge(nil, "POST", Demand(.setup)).status == 409)
        let again = await status {
            _ = try await bench.control.claim(
                code: Secret(code.text), password: Secret("another password"), from: Bench.address)
        }
        #expect(again == 409)
        _ = try await bench.control.logIn(password: Bench.password, from: Bench.address)
    }

    /// Seen red without the booking of tries.
    @Test func `S70: five tries of the code in a quarter of an hour, whoever makes them, and never for good`()
        async throws
    {
        let (bench, code) = try await Bench.unclaimed()
        func claim(_ code: String, _ peer: Int) async -> Int {
            await status {
                _ = try await bench.control.claim(
                    code: Secret(code), password: Bench.password, from: "192.0.2.\(peer)")
            }
        }
        for peer in 1...5 {
            #expect(await claim("AAAAA-AAAAA", peer) == 403)
            bench.pass(.seconds(10))
        }
        #expect(await claim(code.text, 6) == 429)
        #expect(!bench.control.isClaimed)
        bench.pass(.seconds(15 * 60 - 51))
        #expect(await claim(code.text, 7) == 429)
        bench.pass(.seconds(1))
        #expect(await claim(code.text, 7) == 0)
    }

    @Test func `S70: a password that is too short costs no try and claims nothing`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        for _ in 0..<20 {
            let short = await status {
                _ = try await bench.control.claim(
                    code: Secret(code.text), password: Secret("short"), from: Bench.address)
            }
            #expect(short == 422)
        }
        _ = try await bench.control.claim(code: Secret(code.text), password: Bench.password, from: Bench.address)
    }

    @Test func `S70: the log shows the code once, and it stays the same over restarts until it is used`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        #expect(bench.lines.filter { $0.contains(code.text) }.count == 1)
        try await bench.control.open()
        #expect(bench.lines.filter { $0.contains(code.text) }.count == 1)
        var random = SplitMix(state: 9)
        #expect(try await AccessAdministration.setupCode(bench.store, using: &random) == code)
    }

    @Test func `S70: a claim that cannot be stored claims nothing`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        await bench.store.fill()
        func claim() async -> Int {
            await status {
                _ = try await bench.control.claim(
                    code: Secret(code.text), password: Bench.password, from: Bench.address)
            }
        }
        #expect(await claim() == 507)
        #expect(!bench.control.isClaimed)
        await bench.store.fill(false)
        #expect(await claim() == 0)
    }

    @Test func `S70: two who claim at the same time are one owner`() async throws {
        let (bench, code) = try await Bench.unclaimed()
        let outcomes = await withTaskGroup(of: Int.self) { group in
            for number in 0..<4 {
                group.addTask {
                    await status {
                        _ = try await bench.control.claim(
                            code: Secret(code.text), password: Secret("a password of \(number)"), from: Bench.address)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted()
        }
        #expect(outcomes == [0, 409, 409, 409])
    }

    @Test func `S70: a reset on the device ends password, tokens and sessions, and a new code claims it`() async throws
    {
        let (bench, session) = try await Bench.claimed()
        let made = try await bench.control.makeToken(name: "home", scopes: [.admin], author: "page")
        var random = SplitMix(state: 11)
        #expect(try await AccessAdministration.setupCode(bench.store, using: &random) == nil)
        let code = try await AccessAdministration.reset(bench.store, using: &random)
        try await bench.control.reload()
        #expect(!bench.control.isClaimed && bench.control.tokens.isEmpty)
        #expect(!bench.control.holds(.session(session)))
        _ = try await bench.control.claim(
            code: Secret(code.text), password: Secret("a new password"), from: Bench.address)
        #expect(bench.judge(session).status == 401)
        #expect(bench.judge(made.secret, "GET", Demand(.scope(.read))).status == 401)
        #expect(
            await status { _ = try await bench.control.logIn(password: Bench.password, from: Bench.address) } == 401)
    }

    @Test func `S70: a damaged password is no unclaimed device, and a reset mends it`() async throws {
        let bench = try Bench()
        try await bench.store.keep(["password": "rubbish"], isDear: true)
        await #expect(throws: Credentials.Damaged.self) { try await bench.control.open() }
        for demand in [Demand(.setup), Demand(.visitor), Demand(.scope(.read))] {
            #expect(bench.judge(nil, "GET", demand).status == 503)
        }
        #expect(bench.judge(nil, "GET", Demand(.anyone)).status == 0)
        var random = SplitMix(state: 11)
        await #expect(throws: Credentials.Damaged.self) {
            try await AccessAdministration.setupCode(bench.store, using: &random)
        }
        _ = try await AccessAdministration.reset(bench.store, using: &random)
        try await bench.control.reload()
        #expect(bench.judge(nil, "POST", Demand(.setup)).status == 0)
    }
}
