import Glibc
import HTTP
import JSONText
import Log
import WebServer

/// Requests a second of a JSON answer of about 2 kB over kept connections, one thread, beside nginx with the same bytes as
/// a file. Load and peer are Debian's `wrk` and `nginx`.
enum HTTPBenchmark {
    private static let nginx = "/usr/sbin/nginx"
    private static let wrk = "/usr/bin/wrk"
    private static let connections = 8
    private static let runs = 3

    static func run(folder: String) async throws -> [Figure] {
        // Without its peers there is no figure here; the others of the same run stay.
        for program in [nginx, wrk] where unsafe access(program, X_OK) != 0 {
            return [
                Figure(
                    "http requests", .nan, "/s", count: 0,
                    note: "\(program) is missing, install both peers with: apt-get install nginx-light wrk")
            ]
        }
        let body = body()
        let peer = try Peer(folder: folder, body: body, nginx: nginx)
        defer { peer.process.stop() }
        let server = try await WebServer(
            .init(listeners: [.init(.address(host: "127.0.0.1", port: 0), .plain)]), responder: Answering(body: body),
            log: Logger(minimum: .error, clock: .system) { _ in })
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<runs {
            theirs.append(try load(port: peer.port, folder: folder))
            ours.append(try load(port: server.ports[0], folder: folder))
        }
        await server.stop()
        return [
            Figure(
                "http requests", Samples(ours).median ?? .nan, "/s",
                limit: .init("nginx, same bytes, same load", Samples(theirs).median ?? .nan), bar: .ratioAtLeast(0.5),
                count: runs, note: "\(body.count) bytes of JSON, \(connections) kept connections, one thread each")
        ]
    }

    // MARK: - Private

    private struct Answering: Responder {
        let body: [UInt8]

        func admit(_ head: HTTPRequest) -> Admission { Admission(.whole(limit: Admission.jsonLimit)) }

        func respond(_ request: HTTPRequest, body: RequestBody) async -> HTTPResponse {
            HTTPResponse(
                headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: .bytes(self.body))
        }

        func open(_ request: HTTPRequest, _ socket: WebSocket) async {}
    }

    /// nginx with one worker and everything it writes in a folder of ours.
    private struct Peer {
        let process: ChildProgram
        let port: UInt16

        init(folder: String, body: [UInt8], nginx: String) throws {
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

    /// A status document's size and shape.
    private static func body() -> [UInt8] {
        let cells = (1...16).map { index -> JSONValue in
            [
                "index": .integer(index), "voltage_v": .number(3.3 + Double(index) / 1000), "balancing": false,
                "temperature_c": .number(21.5), "resistance_mohm": .number(0.25),
            ]
        }
        var text: [UInt8] = []
        JSONValue.object([
            .init("stage", "live"), .init("voltage_v", .number(52.812)), .init("current_a", .number(-12.5)),
            .init("cells", .array(cells)), .init("text", .string(String(repeating: "x", count: 400))),
        ]).append(to: &text)
        return text
    }

    /// Requests a second of one run of two seconds.
    private static func load(port: UInt16, folder: String) throws -> Double {
        let output = folder + "/wrk.txt"
        let child = try ChildProgram(
            wrk, ["-t1", "-c\(connections)", "-d2s", "http://127.0.0.1:\(port)/answer.json"], output: output)
        _ = try child.waitForEnd()
        let text = Bare.text(of: output)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let rate = line?.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchmarkFailure("http: wrk did not get good answers from port \(port): \(text)") }
        return rate
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw BenchmarkFailure("http: \(path) cannot be written (errno \(errno))") }
        defer { close(descriptor) }
        guard Bare.write(bytes, to: descriptor) else {
            throw BenchmarkFailure("http: \(path) cannot be written (errno \(errno))")
        }
    }
}
