import CSodium
import Log
import Storage
import Testing

@testable import Access

/// The password and what is kept of it (S71).
@Suite(.timeLimit(.minutes(1))) struct PasswordTests {
    @Test func `S71: a password is kept as Argon2id with 19 MiB, two passes and one lane, with a salt of its own`()
        throws
    {
        let one = try #require(PasswordHash(of: Bench.password))
        let other = try #require(PasswordHash(of: Bench.password))
        #expect(one.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(one != other && one.fits(Bench.password) && other.fits(Bench.password))
        #expect(!one.fits(Secret("correct horse batterx")) && !one.fits(Secret("")) && !one.isOutdated)
    }

    @Test func `S71: a password has at least ten characters and a bounded length`() {
        #expect(PasswordRule.problem(Secret("123456789")) != nil)
        #expect(PasswordRule.problem(Secret("1234567890")) == nil)
        // Characters, not bytes: nine of them are nine in any script.
        #expect(PasswordRule.problem(Secret("ééééééééé")) != nil)
        #expect(PasswordRule.problem(Secret("батарея 48")) == nil)
        #expect(PasswordRule.problem(Secret(String(repeating: "x", count: 1024))) == nil)
        #expect(PasswordRule.problem(Secret(String(repeating: "x", count: 1025))) != nil)
        #expect(PasswordRule.problem(Secret("with a null\0")) != nil)
    }

    @Test func `S71: what is no hash of ours, or would exhaust the memory, is not taken for one`() {
        for text in [
            "", "rubbish", "$argon2id$", "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
            "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA", String(repeating: "$argon2id$", count: 1000),
        ] { #expect(PasswordHash(stored: text) == nil, "\(text.prefix(60))") }
    }

    @Test func `S71: a hash of other parameters is replaced at the next log-in, and the sessions stay`() async throws {
        let (bench, session) = try await Bench.claimed()
        var weak = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let bytes = Bench.password.exposed
        #expect(crypto_pwhash_str(&weak, bytes, UInt64(bytes.utf8.count), 1, 8 << 20) == 0)
        let text = String(decoding: weak.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try await bench.store.keep(["password": text], isDear: true)
        try await bench.control.reload()
        #expect(!bench.control.holds(.session(session)))
        let one = try await bench.control.logIn(password: Bench.password, from: Bench.address)
        let renewed = try #require(try await bench.store.texts()["password"])
        #expect(renewed != text && renewed.contains("m=19456,t=2,p=1"))
        let two = try await bench.control.logIn(password: Bench.password, from: Bench.address)
        #expect(try await bench.store.texts()["password"] == renewed)
        #expect(bench.control.holds(.session(one)) && bench.control.holds(.session(two)))
    }

    @Test func `S71, S73: a changed password holds at once, the old one no longer, and every session ends`()
        async throws
    {
        let (bench, session) = try await Bench.claimed()
        let new = Secret("quite another password")
        func change(_ old: Secret, _ new: Secret) async -> Int {
            await status { try await bench.control.changePassword(from: old, to: new, peer: Bench.address) }
        }
        #expect(await change(Secret("not the password"), new) == 403)
        #expect(await change(Bench.password, Secret("short")) == 422)
        #expect(bench.control.holds(.session(session)))
        #expect(await change(Bench.password, new) == 0)
        #expect(!bench.control.holds(.session(session)))
        #expect(
            await status { _ = try await bench.control.logIn(password: Bench.password, from: Bench.address) } == 401)
        _ = try await bench.control.logIn(password: new, from: Bench.address)
    }

    /// Seen red with the tries judged on the caller's own thread.
    @Test func `S71: one hash at a time, on a thread of its own`() async throws {
        let thread = try StorageThread()
        let hasher = PasswordHasher(executor: thread)
        // Were they made at the same time, the isolated calls would interleave; the executor would have to be entered twice.
        let hash = try #require(await hasher.hash(Bench.password))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { await hasher.check(Bench.password, against: hash) != .wrong } }
            for await isRight in group { #expect(isRight) }
        }
        await hasher.run { #expect(thread.isIsolatingCurrentContext() == true) }
    }
}

extension PasswordHasher {
    fileprivate func run(_ body: @Sendable () -> Void) { body() }
}
