import Glibc
import Links
import Storage
import Synchronization
import Testing

/// S61. The program is killed while it changes the configuration: what it said was stored is there, and whole.
@Suite(.timeLimit(.minutes(12))) struct KillTests {
    /// Seen red with a change that commits each setting by itself.
    @Test func `S61 after 500 kills at any moment every acknowledged change is there and none is half`() async throws {
        let loop = try EventLoop(name: "kills")
        defer { loop.stop() }
        let lanes = Collected<Tally>()
        try await withThrowingTaskGroup { group in
            for lane in 0..<2 { group.addTask { lanes.add(try await Self.lane(lane, kills: 250, on: loop)) } }
            try await group.waitForAll()
        }
        let kills = lanes.all.reduce(0) { $0 + $1.kills }
        let late = lanes.all.reduce(0) { $0 + $1.storedUnsaid }
        let early = lanes.all.reduce(0) { $0 + $1.notStored }
        print("S61: \(kills) kills, \(early) before the change was stored, \(late) after it and before it was said")
        #expect(kills == 500)
        // The moments are spread over the whole of it.
        #expect(early > 20 && late > 20)
    }

    private struct Tally: Sendable {
        var kills = 0
        var notStored = 0
        var storedUnsaid = 0
    }

    /// Changes one configuration again and again, and kills the process that does.
    private static func lane(_ lane: Int, kills: Int, on loop: EventLoop) async throws -> Tally {
        let pair = try StoredPair()
        defer { pair.remove() }
        var tally = Tally()
        var stored: Int?
        // How long a change takes, as seen so far: kills are spread over that.
        var usual = Duration.milliseconds(40)
        for number in 1...10 * kills where tally.kills < kills {
            let words = number.isMultiple(of: 4) ? try pair.importing(number) : pair.setting(number)
            let child = try await Child.start(words, on: loop)
            loop.schedule(at: child.spawned + usual * Double.random(in: 0..<1)) { child.signal(SIGKILL) }
            let end = try #require(await child.end(within: .seconds(20)))
            let isSaid = child.output.all.contains { $0.text.hasPrefix("Generation ") }
            let now = try pair.look()
            #expect(now == number || (!isSaid && now == stored), "\(String(describing: now)) after \(number)")
            if end == .killed(SIGKILL) {
                tally.kills += 1
                if now != number { tally.notStored += 1 } else if !isSaid { tally.storedUnsaid += 1 }
            } else {
                #expect(end == .exited(0), "\(child.story)")
                usual = usual * 0.7 + (.now - child.spawned) * 0.3
            }
            stored = now
        }
        let (number, opening) = try pair.start()
        #expect(number == stored && opening.condition == .intact, "\(opening.sentence)")
        #expect(!TemporaryFolder.names(in: pair.state).contains { $0.contains("damaged") })
        return tally
    }

    /// Each call that changes a file, and about how many of it a change makes.
    static let calls = [
        ("pwrite64", 46), ("fdatasync", 6), ("fsync", 3), ("ftruncate", 4), ("rename", 2), ("unlink", 10),
    ]

    @Test(arguments: calls)
    func `S61 killed at each system call that changes a file`(call: String, count: Int) async throws {
        let loop = try EventLoop(name: "kills")
        defer { loop.stop() }
        let base = try await StoredPair.changedTwice(on: loop)
        defer { base.remove() }
        for place in 1...count {
            let pair = try base.copy()
            defer { pair.remove() }
            let strace = Strace(calls: call, action: "signal=SIGKILL", when: String(place))
            let child = try await Child.start(try strace.running(pair.setting(3)), of: Strace.path, on: loop)
            let end = try #require(await child.end(within: .seconds(20)))
            #expect(end == .killed(SIGKILL) || (end == .exited(0) && place > 1), "\(call) \(place): \(child.story)")
            let isSaid = child.output.all.contains { $0.text.hasPrefix("Generation ") }
            let (number, opening) = try pair.start()
            #expect(number == 3 || (number == 2 && !isSaid), "\(call) \(place)")
            #expect(opening.condition == .intact, "\(call) \(place): \(opening.sentence)")
        }
    }
}
