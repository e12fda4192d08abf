import Log
import Testing

@testable import Access

/// Those who guess the password (S72).
@Suite(.timeLimit(.minutes(1))) struct LockOutTests {
    private let network = PeerNetwork("192.0.2.7")

    /// Fails until the network is locked, never faster than the limit for all allows.
    private func wait(_ lockOut: inout LockOut, from network: PeerNetwork, at now: Duration) -> Duration? {
        if case .refused(let wait) = lockOut.attempt(from: network, at: now) { return wait }
        return nil
    }

    @Test func `S72: five failures, then a minute that doubles to a quarter of an hour`() {
        var lockOut = LockOut()
        var now: Duration = .seconds(100)
        for _ in 0..<5 {
            #expect(wait(&lockOut, from: network, at: now) == nil)
            now += .seconds(1)
        }
        for seconds in [60, 120, 240, 480, 900, 900, 900] {
            #expect(wait(&lockOut, from: network, at: now - .seconds(1) + .milliseconds(1)) != nil)
            let left = wait(&lockOut, from: network, at: now)
            #expect(left == .seconds(seconds - 1), "\(seconds)")
            now += left ?? .zero
            #expect(wait(&lockOut, from: network, at: now) == nil)
            now += .seconds(1)
        }
    }

    @Test func `S72: a try during a lock does not lengthen it, and no lock is permanent`() {
        var lockOut = LockOut()
        for _ in 0..<5 { #expect(wait(&lockOut, from: network, at: .seconds(1)) == nil) }
        for second in 1..<61 { #expect(wait(&lockOut, from: network, at: .seconds(second)) == .seconds(61 - second)) }
        #expect(wait(&lockOut, from: network, at: .seconds(61)) == nil)
        // An hour after the lock has ended everything is forgotten.
        #expect(wait(&lockOut, from: network, at: .seconds(61 + 120 + 3600)) == nil)
        #expect(!lockOut.isLocked(network, at: .seconds(61 + 120 + 3600)))
    }

    @Test func `S72: ten failures a minute in all, whoever they come from`() {
        var lockOut = LockOut()
        for number in 0..<10 {
            #expect(wait(&lockOut, from: PeerNetwork("198.51.100.\(number)"), at: .seconds(number)) == nil)
        }
        #expect(wait(&lockOut, from: network, at: .seconds(10)) == .seconds(50))
        #expect(wait(&lockOut, from: network, at: .seconds(60)) == nil)
        #expect(wait(&lockOut, from: network, at: .seconds(60)) == .seconds(1))
    }

    @Test func `S72: success wipes the sheet, and what came to no answer does not count`() throws {
        var lockOut = LockOut()
        for round in 0..<20 {
            let now: Duration = .seconds(1000 * round)
            for _ in 0..<4 { #expect(wait(&lockOut, from: network, at: now) == nil) }
            guard case .admitted(let attempt) = lockOut.attempt(from: network, at: now) else {
                Issue.record("refused in round \(round)")
                return
            }
            // In the meantime it counts as failed: the sixth at the same time is refused.
            #expect(wait(&lockOut, from: network, at: now) != nil)
            if round.isMultiple(of: 2) { lockOut.succeeded(attempt) } else { lockOut.withdraw(attempt) }
            #expect(!lockOut.isLocked(network, at: now))
            if !round.isMultiple(of: 2) { lockOut.succeeded(attempt) }
        }
    }

    @Test func `S72: an IPv6 network of 64 bits is one sender, and IPv4 is itself however it is written`() {
        #expect(PeerNetwork("2001:db8:1:2::1") == PeerNetwork("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(PeerNetwork("2001:db8:1:2::1") != PeerNetwork("2001:db8:1:3::1"))
        #expect(PeerNetwork("fe80::1%eth0") == PeerNetwork("fe80::2%wlan0"))
        #expect(PeerNetwork("::ffff:192.0.2.7") == network && PeerNetwork("192.0.2.8") != network)
        #expect(PeerNetwork("::1") != PeerNetwork("::ffff:0.0.0.1"))
        for text in ["", "rubbish", "192.0.2", "192.0.2.7.", "%eth0"] { #expect(PeerNetwork(text) == .other) }
    }

    /// Seen red without the limit for all, and without the forgetting.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `S72: whatever comes, memory stays bounded, a minute sees ten failures and every wait is short`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var lockOut = LockOut()
        var now: Duration = .zero
        var admitted: [Duration] = []
        for _ in 0..<5000 {
            now += .milliseconds(Int.random(in: 0...(seed.isMultiple(of: 2) ? 100 : 20_000), using: &random))
            let sender = PeerNetwork.v4(UInt32.random(in: 0...(seed.isMultiple(of: 3) ? 5 : 100_000), using: &random))
            switch lockOut.attempt(from: sender, at: now) {
            case .admitted(let attempt):
                admitted.append(now)
                if Int.random(in: 0..<50, using: &random) == 0 {
                    lockOut.succeeded(attempt)
                    admitted.removeLast()
                }
            case .refused(let wait): #expect(wait > .zero && wait <= .seconds(15 * 60))
            }
            admitted.removeAll { $0 + .seconds(60) <= now }
            // One violation says it all.
            guard admitted.count <= 10, lockOut.count <= 760 else {
                Issue.record("\(admitted.count) failures in a minute, \(lockOut.count) networks remembered")
                return
            }
        }
    }

    @Test func `S72: the owner's password is refused while their network is locked, and lets them in afterwards`()
        async throws
    {
        let (bench, _) = try await Bench.claimed()
        func logIn(_ password: Secret, from peer: String = Bench.address) async -> Int {
            await status { _ = try await bench.control.logIn(password: password, from: peer) }
        }
        for _ in 0..<5 { #expect(await logIn(Secret("not the password")) == 401) }
        #expect(await logIn(Bench.password) == 429)
        #expect(await logIn(Bench.password, from: "198.51.100.1") == 0)
        bench.pass(.seconds(60))
        #expect(await logIn(Bench.password) == 0)
        #expect(bench.lines.filter { $0.contains("access.locked_out") }.count == 1)
    }

    @Test func `S72: guesses at the same time are as many guesses, and a session's own count, too`() async throws {
        let (bench, session) = try await Bench.claimed()
        let outcomes = await withTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await status {
                        let guess = Secret("guess number \(number)")
                        if number.isMultiple(of: 2) {
                            _ = try await bench.control.logIn(password: guess, from: Bench.address)
                        } else {
                            try await bench.control.confirm(password: guess, session, from: Bench.address)
                        }
                    }
                }
            }
            return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == [401: 5, 429: 15])
    }
}
