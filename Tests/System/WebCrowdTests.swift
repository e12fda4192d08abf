import Foundation
import JSONText
import Links
import Testing

/// The web under a crowd, at its limits, and before readers that share nothing with ours: the real process.
@Suite(.timeLimit(.minutes(12))) struct WebCrowdTests {
    /// Runs one of the programs in `Peers` against a gateway, with its setup code, and reads what it prints.
    private func run(_ bench: Bench, _ gateway: Child, _ program: String, _ words: String...) async throws -> JSONTree {
        let line = try await bench.line(gateway, "web.listening", within: .seconds(20))
        let port = line.text.split(separator: " ").first { $0.hasPrefix("port=") }?.dropFirst(5) ?? ""
        let admin = try await bench.run(["admin", "setup-code", "--state", bench.state])
        _ = await admin.end(within: .seconds(10))
        let code = try #require(admin.output.all.first?.text)
        let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Peers/"
        let peer = try await bench.run(
            ["-B", folder + program, "127.0.0.1", String(port), code] + words, of: "/usr/bin/python3")
        let end = await peer.end(within: .seconds(120))
        let found = try #require(
            peer.output.all.last.flatMap { JSONTree($0.text.utf8) },
            "\(program): \(String(describing: end)) \(peer.story)")
        print("\(program): \(peer.output.all.last?.text ?? "")")
        return found
    }

    /// Red where the oldest gave way whatever we were doing for it (one log-in in seven ended without an answer), and where
    /// slow readers counted as served (then nobody else came in), and where whoever needs 50 ms to ask was the oldest by then.
    @Test func `S78 S40: five hundred slow connections, and a log-in is answered while frames keep their second`()
        async throws
    {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let began = Moment.now
            let found = try await run(bench, gateway, "crowd.py", "25")
            Bench.checkPeriod(bench.frames(after: began), atLeast: 24)
            #expect(found["open"].number ?? 0 >= 500)
            #expect(found["ended"].number ?? 0 >= 436, "the slow ones give way")
            #expect(found["failures"].elements.isEmpty, "\(found["failures"])")
            #expect(found["slowest_answer_s"].number ?? 9 < 2)
            #expect(found["asked"].number ?? 0 > 0)
            #expect(found["slowest_login_s"].number ?? 9 < 2)
            #expect(found["watcher_status"].number == 101)
            #expect(found["watcher_ended"].bool == false, "who has a session stays")
            #expect(found["watcher_gap_s"].number ?? 9 < 3)
            let highest = try #require(gateway.highestMemory)
            print("VmHWM \(highest / 1024) kB")
            // A hash of S71 alone takes 19 MiB for a moment.
            #expect(highest < 64 << 20)
        }
    }

    /// Red with the kernel's own buffers: 2.8 MB of unread answers for one connection.
    @Test func `S78: heads, bodies, connections, WebSockets and unread answers have their limits`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let found = try await run(bench, gateway, "limits.py", "\(gateway.pid)")
            func says(_ name: String, _ status: JSONTree, after seconds: ClosedRange<Double>? = nil) {
                let outcome = found[name].elements
                #expect(outcome.first == status && outcome.dropFirst().first == .string("ends"), "\(name): \(outcome)")
                guard let seconds else { return }
                #expect(outcome.last?.number.map { seconds.contains($0) } ?? false, "\(name): \(outcome)")
            }
            says("slow_head", .number(408), after: 9...12)
            says("silent", .null, after: 9...12)
            says("slow_body", .number(408), after: 29...32)
            says("long_head", .number(431))
            says("long_body", .number(413))
            says("long_chunks", .number(413))
            #expect(found["of_one_address"].elements == [.number(16), .bool(true)], "the oldest gives way, no other")
            let sockets = found["web_sockets"].elements.compactMap(\.number)
            #expect(sockets == [Double](repeating: 101, count: 16) + [503])
            // Twice the buffer of the kernel, and a page of the process.
            #expect(found["unread_bytes"].number ?? .infinity < 512 * 1024)
        }
    }

    @Test func `what the readers of HTTP and WebSocket take, h11 and wsproto take too`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let found = try await run(bench, gateway, "http_peer.py")
            #expect(found["frames"] == .object([:]), "the same frames, the same codes")
            #expect(found["misunderstood"].elements.isEmpty)
            guard case .object(let heads) = found["heads"] else { return #expect(Bool(false), "\(found)") }
            // Ours is stricter here: what two readers could understand differently is refused.
            let stricter: [String: Double] = [
                "bare line feeds": 400, "folded line": 400, "same length twice": 400, "list of lengths": 400,
                "length and chunks": 400, "chunks in HTTP/1.0": 400, "unknown method": 501, "HTTP/2.0": 505,
                "target without a slash": 400, "climbing target": 400, "bad escape": 400,
                "field that is not UTF-8": 400, "chunks: space after a size": 400,
            ]
            #expect(heads == stricter.mapValues { .number($0) })
        }
    }
}

extension Child {
    /// The most memory that was resident at any time, bytes.
    fileprivate var highestMemory: Int? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
