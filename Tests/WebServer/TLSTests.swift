import CLinux
import Glibc
import HTTP
import Testing
import WebServer

/// TLS with a certificate made for the test, and curl as the other side.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSTests {
    let responder = TestResponder()

    @Test func `S76: TLS is served, and plain requests to its port are sent there`() async throws {
        let folder = try TestFolder()
        let certificate = try folder.certificate()
        let server = try await startServer(responder, kinds: [.secure], certificate: certificate)
        let port = server.ports[0]
        let base = ["-sS", "--max-time", "10", "--cacert", certificate.certificate]
        let first = try await run("curl", base + ["-i", "https://localhost:\(port)/a", "https://localhost:\(port)/b"])
        #expect(first.contains("GET /a"))
        #expect(first.contains("GET /b"))
        let upload = try folder.file("upload", [UInt8](repeating: 1, count: 500_000))
        #expect(try await run("curl", base + ["-T", upload, "https://localhost:\(port)/upload"]) == "500000")
        let large = try await run(
            "curl", base + ["-o", folder.path + "/large", "https://localhost:\(port)/large", "-w", "%{size_download}"])
        #expect(large == "3000000")
        let client = try TestClient(port: port)
        let answer = try client.get("/x?y=1")
        #expect(answer.status == 308)
        #expect(client.value("Location", answer.head) == "https://localhost/x?y=1")
        await server.stop()
    }

    @Test func `a certificate that cannot be used says so`() async throws {
        let folder = try TestFolder()
        let certificate = try folder.certificate()
        let other = try TestFolder()
        let wrong = CertificateFiles(certificate: certificate.certificate, key: try other.certificate().key)
        await #expect(throws: WebServerError.self) {
            _ = try await startServer(responder, kinds: [.secure], certificate: wrong)
        }
        let missing = CertificateFiles(certificate: folder.path + "/none", key: folder.path + "/none")
        await #expect(throws: WebServerError.self) {
            _ = try await startServer(responder, kinds: [.secure], certificate: missing)
        }
    }
}

/// A folder of one test.
final class TestFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/cellbridge-web-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestClient.Failure(text: "mkdtemp: \(errno)") }
        path = String(cString: made)
    }

    deinit { _ = try? runNow("rm", ["-rf", path]) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "w") else { throw TestClient.Failure(text: "fopen: \(errno)") }
        defer { fclose(stream) }
        fwrite(bytes, 1, bytes.count, stream)
        return file
    }

    func certificate() throws -> CertificateFiles {
        let files = CertificateFiles(certificate: path + "/cert.pem", key: path + "/key.pem")
        _ = try runNow(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout",
                files.key, "-out", files.certificate, "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost",
            ])
        return files
    }
}

/// What a program prints on standard output. It must end well.
func run(_ program: String, _ arguments: [String]) async throws -> String { try runNow(program, arguments) }

func runNow(_ program: String, _ words: [String]) throws -> String {
    var pipes: [Int32] = [0, 0]
    guard pipe(&pipes) == 0 else { throw TestClient.Failure(text: "pipe: \(errno)") }
    defer { close(pipes[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
    posix_spawn_file_actions_addclose(&actions, pipes[0])
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var environment = [strdup("PATH=/usr/local/bin:/usr/bin:/bin"), nil]
    defer { free(environment[0]) }
    var process = pid_t()
    guard posix_spawnp(&process, program, &actions, nil, &arguments, &environment) == 0 else {
        close(pipes[1])
        throw TestClient.Failure(text: "\(program) is missing")
    }
    close(pipes[1])
    var out: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let got = read(pipes[0], &buffer, buffer.count)
        guard got > 0 else { break }
        out += buffer.prefix(got)
    }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    guard status == 0 else { throw TestClient.Failure(text: "\(program) ended with \(status)") }
    return String(decoding: out, as: UTF8.self)
}
