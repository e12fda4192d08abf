import Glibc
import Links
import Storage
import Testing

/// S65, S66. The medium under the state folder is full or dying: changes are refused, the gateway goes on.
@Suite(.timeLimit(.minutes(12))) struct FailingMediumTests {
    /// Calls that write, with the places at which each fails.
    static let calls = [
        ("pwrite64", Array(stride(from: 1, through: 46, by: 3))), ("fdatasync", Array(1...5)), ("fsync", [1, 2]),
        ("ftruncate", [1, 2, 3]), ("rename", [1]), ("unlink", [1, 3, 5]),
    ]

    @Test(arguments: calls, ["ENOSPC", "EIO"])
    func `S66 a change on a failing medium is stored and said, or refused and the old value kept`(
        call: (name: String, places: [Int]), error: String
    ) async throws {
        let loop = try EventLoop(name: "medium")
        defer { loop.stop() }
        let base = try await StoredPair.changedTwice(on: loop)
        defer { base.remove() }
        for place in call.places {
            for when in [String(place), "\(place)+"] {
                let pair = try base.copy()
                defer { pair.remove() }
                let strace = Strace(calls: call.name, action: "error=" + error, when: when)
                let child = try await Child.start(try strace.running(pair.setting(3)), of: Strace.path, on: loop)
                let end = await child.end(within: .seconds(20))
                let story = Comment("\(error) at \(call.name) \(when): \(String(describing: end)) \(child.story)")
                #expect(end == .exited(0) || end == .exited(74), story)
                let (number, opening) = try pair.start()
                #expect(number == (end == .exited(0) ? 3 : 2), story)
                #expect(opening.condition == .intact, "\(opening.sentence) \(story)")
                #expect(end == .exited(0) || child.errors.count == 1, story)
                #expect(
                    end == .exited(0)
                        || child.errors.all.allSatisfy {
                            $0.text.contains("nothing was changed")
                                || $0.text.contains("cannot be written")
                        }, story)
            }
        }
    }

    /// Calls that look at the configuration, with the places at which each fails. Where locks fail for good, SQLite waits
    /// for its five seconds: two places do.
    static let lookingCalls = [
        ("pread64", Array(1...12)), ("openat", Array(1...5)), ("newfstatat", Array(1...12)), ("fcntl", [2, 9]),
        ("mmap", [1, 2]),
    ]

    @Test(arguments: lookingCalls, ["", "+"])
    func `S65 a medium that cannot be read, once or from then on, costs no configuration`(
        call: (name: String, places: [Int]), onwards: String
    ) async throws {
        let loop = try EventLoop(name: "medium")
        defer { loop.stop() }
        let base = try await StoredPair.changedTwice(on: loop)
        defer { base.remove() }
        for place in call.places {
            let pair = try base.copy()
            defer { pair.remove() }
            let strace = Strace(
                calls: call.name, action: "error=EIO", when: "\(place)\(onwards)", files: pair.files)
            let child = try await Child.start(try strace.running(pair.setting(3)), of: Strace.path, on: loop)
            let end = await child.end(within: .seconds(20))
            let story = Comment("\(call.name) \(place)\(onwards): \(String(describing: end)) \(child.story)")
            #expect(end == .exited(0) || end == .exited(74), story)
            let (number, opening) = try pair.start()
            #expect(number == (end == .exited(0) ? 3 : 2), story)
            #expect(opening.condition == .intact, "\(opening.sentence) \(story)")
        }
    }

    @Test(arguments: ["ENOSPC", "EIO"])
    func `S65, S66 a start on a medium that takes nothing uses what is stored and keeps its period`(
        error: String
    ) async throws {
        try await Bench.run(.init(without: ["pack.1.max_charge_a"])) { bench in
            let stored = try await bench.run(["config", "set", "pack.1.max_charge_a=60", "--state", bench.state])
            #expect(await stored.end(within: .seconds(20)) == .exited(0), "\(stored.story)")
            let gateway = try await bench.run(
                try Self.failing(error).running(bench.words), of: Strace.path)
            _ = try await bench.line(gateway, "cannot be written", within: .seconds(20))
            try await Self.expectPeriod(bench, gateway, stored: 60)
            try await Self.expectRefusal(bench, error)
            try await Self.expectPeriod(bench, gateway, stored: 60)
            // The medium is well again: nothing was lost.
            try await bench.cut(gateway)
            let restarted = try await bench.start()
            _ = try await bench.limits("CCL of 60 A", after: restarted.spawned, within: .seconds(30)) { $0.ccl == 60 }
            let isMoved = TemporaryFolder.names(in: bench.state).contains { $0.contains("damaged") }
            #expect(!isMoved)
        }
    }

    @Test(arguments: ["ENOSPC", "EIO"])
    func `S66 a medium that fails while the gateway runs and records leaves the frames their period`(
        error: String
    ) async throws {
        try await Bench.run(.init(settings: ["capture.enabled": "true"], without: ["pack.1.max_charge_a"])) { bench in
            let stored = try await bench.run(["config", "set", "pack.1.max_charge_a=60", "--state", bench.state])
            #expect(await stored.end(within: .seconds(20)) == .exited(0), "\(stored.story)")
            let gateway = try await bench.startLive()
            let folder = bench.state + "/capture"
            let isRecording = await bench.poll(within: .seconds(20)) { !TemporaryFolder.names(in: folder).isEmpty }
            #expect(isRecording)
            var strace = Self.failing(error)
            strace.calls += ",write,openat"
            strace.files =
                TemporaryFolder.names(in: folder).map { folder + "/" + $0 }
                + ["", "-wal", "-shm"].map { bench.state + "/config.sqlite" + $0 } + [folder, bench.state]
            _ = try await bench.run(strace.attached(to: gateway.pid), of: Strace.path)
            let isTraced = await bench.poll(within: .seconds(20)) { Self.isTraced(gateway.pid) }
            #expect(isTraced)
            _ = try await bench.line(gateway, "capture_failed", within: .seconds(20))
            try await Self.expectPeriod(bench, gateway, stored: 60)
            try await Self.expectRefusal(bench, error)
            try await Self.expectPeriod(bench, gateway, stored: 60)
        }
    }

    // MARK: - Private

    /// SQLite writes by these calls, and nothing else in the program does.
    private static func failing(_ error: String) -> Strace {
        Strace(calls: "pwrite64,fsync,fdatasync,ftruncate", action: "error=" + error)
    }

    /// Frames come every second with what is stored, and the process lives.
    private static func expectPeriod(_ bench: Bench, _ gateway: Child, stored: Double) async throws {
        let first = try await bench.limits("CCL of \(stored) A", within: .seconds(30)) { $0.ccl == stored }
        await bench.pass(.seconds(5))
        let limits = bench.limits(after: first.at)
        #expect(limits.count >= 4)
        #expect(limits.allSatisfy { $0.ccl == stored })
        for (one, next) in zip(limits, limits.dropFirst()) {
            #expect(next.at - one.at < .seconds(1.5), "S66: \((next.at - one.at).text) between two 0x351")
        }
        #expect(gateway.isRunning, "\(gateway.story)")
    }

    /// A change by the command, on the same medium, is refused.
    private static func expectRefusal(_ bench: Bench, _ error: String) async throws {
        let words = ["config", "set", "pack.1.max_charge_a=90", "--state", bench.state]
        let command = try await bench.run(try failing(error).running(words), of: Strace.path)
        let end = await command.end(within: .seconds(20))
        #expect(end == .exited(74), "\(String(describing: end)) \(command.story)")
    }

    private static func isTraced(_ pid: pid_t) -> Bool {
        guard let file = fopen("/proc/\(pid)/status", "r") else { return false }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").contains {
            $0.hasPrefix("TracerPid:") && !$0.hasSuffix("\t0")
        }
    }
}
