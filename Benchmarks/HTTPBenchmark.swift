import Glibc

/// Requests a second of `/api/status` of the running program over kept connections, logged in, beside nginx with the same
/// bytes as a file. Load and peer are Debian's `wrk` and `nginx`.
enum HTTPBenchmark {
    private static let nginx = "/usr/sbin/nginx"
    private static let wrk = "/usr/bin/wrk"
    private static let path = "/api/status"
    private static let connections = 8
    private static let runs = 3

    static func run(_ world: ProgramWorld) async throws -> [Figure] {
        // Without its peers there is no figure here; the others of the same run stay.
        for program in [nginx, wrk] where unsafe access(program, X_OK) != 0 {
            return [
                Figure(
                    "http requests", .nan, "/s", count: 0,
                    note: "\(program) is missing, install both peers with: apt-get install nginx-light wrk")
            ]
        }
        return try await world.claimed(QuietScript(), seconds: 4 * Double(runs) + 6, pollInterval: 1000) {
            session, _ throws(BenchmarkFailure) in [try measure(session, folder: world.folder)]
        }.observed
    }

    // MARK: - Private

    private static func measure(_ session: WebSession, folder: String) throws(BenchmarkFailure) -> Figure {
        let body = try session.get(path)
        let peer = try Peer(folder: folder, body: body, nginx: nginx)
        defer { peer.process.stop() }
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<runs {
            theirs.append(try load("http://127.0.0.1:\(peer.port)/answer.json", nil, folder: folder))
            ours.append(try load(session.address + path, session.cookie, folder: folder))
        }
        return Figure(
            "http requests", Samples(ours).median ?? .nan, "/s",
            limit: .init("nginx, same bytes, same load", Samples(theirs).median ?? .nan), bar: .ratioAtLeast(0.5),
            count: runs,
            note: "\(path), \(body.count) bytes, logged in; \(connections) kept connections, one thread each")
    }

    /// nginx with one worker and everything it writes in a folder of ours.
    private struct Peer {
        let process: ChildProgram
        let port: UInt16

        init(folder: String, body: [UInt8], nginx: String) throws(BenchmarkFailure) {
            port = try WebClient.freePort()
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(folder)/\($0); " }.joined()
            // The worker of a root's nginx would not be let into our folder.
            let user = getuid() == 0 ? "user root; " : ""
            let text = """
                \(user)worker_processes 1; daemon off; pid \(folder)/nginx.pid; error_log \(folder)/nginx.log;
                events { worker_connections 128; }
                http { access_log off; keepalive_requests 1000000000; types { application/json json; } \(temporary)
                server { listen 127.0.0.1:\(port); root \(folder); } }
                """
            try HTTPBenchmark.write(Array(text.utf8), to: folder + "/nginx.conf")
            try HTTPBenchmark.write(body, to: folder + "/answer.json")
            process = try ChildProgram(
                nginx, ["-p", folder, "-c", folder + "/nginx.conf", "-e", folder + "/nginx.log"])
            Bare.sleep(until: Bare.now + 500_000_000)
        }
    }

    /// Requests a second of one run of two seconds.
    private static func load(_ url: String, _ cookie: String?, folder: String) throws(BenchmarkFailure) -> Double {
        let output = folder + "/wrk.txt"
        let field = cookie.map { ["-H", "Cookie: " + $0] } ?? []
        let child = try ChildProgram(wrk, ["-t1", "-c\(connections)", "-d2s"] + field + [url], output: output)
        _ = try child.waitForEnd()
        let text = Bare.text(of: output)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let rate = line?.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkFailure("http: wrk did not get good answers from \(url): \(text)") }
        return rate
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(BenchmarkFailure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw BenchmarkFailure("http: \(path) cannot be written (errno \(errno))") }
        defer { close(descriptor) }
        guard Bare.write(bytes, to: descriptor) else {
            throw BenchmarkFailure("http: \(path) cannot be written (errno \(errno))")
        }
    }
}
