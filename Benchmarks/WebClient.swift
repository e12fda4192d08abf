import CLinux
import Glibc

/// One connection to a web server of this computer: blocking calls and nothing of the gateway's own code.
final class WebClient: Sendable {
    /// One answer.
    struct Answer: Sendable {
        var status: Int
        var head: String
        var body: [UInt8]
    }

    private let descriptor: Int32
    private let port: UInt16

    /// Connects; no call waits for more than 10 s.
    init(port: UInt16) throws(BenchmarkFailure) {
        self.port = port
        descriptor = socket(AF_INET, cellbridge_stream_socket, 0)
        var time = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var name = Self.loopback(port)
        let result = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw BenchmarkFailure("no connection to port \(port) (errno \(errno))")
        }
    }

    deinit { close(descriptor) }

    /// Sends a request; a body is JSON.
    func send(_ method: String, _ path: String, fields: [String] = [], body: String? = nil) {
        let host = "127.0.0.1:\(port)"
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Origin: http://\(host)"] + fields
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        Bare.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8), to: descriptor)
    }

    /// The next answer, its body as long as it says.
    func answer() throws(BenchmarkFailure) -> Answer {
        var head: [UInt8] = []
        // Byte by byte, so that nothing of what follows is taken.
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head += try receive(1) }
        let text = String(decoding: head, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else {
            throw BenchmarkFailure("port \(port) answers \(text)")
        }
        let length = Self.field("content-length", in: text).flatMap { Int($0) } ?? 0
        return Answer(status: status, head: text, body: length > 0 ? try receive(length) : [])
    }

    /// The content of the next WebSocket frame that is a text.
    func text() throws(BenchmarkFailure) -> [UInt8] {
        while true {
            let start = try receive(2)
            var length = Int(start[1] & 0x7F)
            if length > 125 { length = try receive(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
            let content = length > 0 ? try receive(length) : []
            if start[0] & 0x0F == 1 { return content }
            if start[0] & 0x0F == 8 { throw BenchmarkFailure("the WebSocket was closed") }
        }
    }

    /// A field of a head, its name in small letters.
    static func field(_ name: String, in head: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
            .map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    /// A port that nobody has now.
    static func freePort() throws(BenchmarkFailure) -> UInt16 {
        let descriptor = socket(AF_INET, cellbridge_stream_socket, 0)
        defer { close(descriptor) }
        var name = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw BenchmarkFailure("no free port (errno \(errno))") }
        return UInt16(bigEndian: name.sin_port)
    }

    // MARK: - Private

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }

    private func receive(_ count: Int) throws(BenchmarkFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor, buffer.baseAddress?.advanced(by: done), count - done, 0)
            }
            guard got > 0 else { throw BenchmarkFailure("port \(port) ended after \(done) of \(count) bytes") }
            done += got
        }
        return bytes
    }
}

/// A running gateway that was claimed, as its owner meets it.
struct WebSession: Sendable {
    private let port: UInt16
    /// The value of the header field `Cookie` that lets its owner in.
    let cookie: String

    /// Claims a gateway that listens without TLS.
    ///
    /// - Parameters:
    ///   - program: path of the executable, which tells the setup code.
    ///   - state: the gateway's folder.
    ///   - port: where it listens.
    /// - Returns: what its owner has from then on.
    /// - Throws: `BenchmarkFailure` where it is claimed already, or does not answer.
    static func claim(program: String, state: String, port: UInt16) throws(BenchmarkFailure) -> WebSession {
        let output = state + "/setup-code"
        _ = try ChildProgram(program, ["admin", "setup-code", "--state", state], output: output).waitForEnd()
        let code = Bare.text(of: output).prefix { $0 != "\n" }
        let client = try WebClient(port: port)
        client.send("POST", "/api/setup", body: #"{"code":"\#(code)","password":"correct horse battery"}"#)
        let answer = try client.answer()
        guard answer.status == 201, let cookie = WebClient.field("set-cookie", in: answer.head) else {
            throw BenchmarkFailure("the gateway cannot be claimed: \(answer.status)")
        }
        return WebSession(port: port, cookie: String(cookie.prefix { $0 != ";" }))
    }

    /// Where it is, before a path.
    var address: String { "http://127.0.0.1:\(port)" }

    /// The answer's body to a GET.
    ///
    /// - Throws: `BenchmarkFailure` where it is not there.
    func get(_ path: String) throws(BenchmarkFailure) -> [UInt8] {
        let client = try WebClient(port: port)
        client.send("GET", path, fields: ["Cookie: " + cookie])
        let answer = try client.answer()
        guard answer.status == 200 else { throw BenchmarkFailure("\(path) cannot be read: \(answer.status)") }
        return answer.body
    }

    /// Opens a WebSocket.
    func open(_ path: String) throws(BenchmarkFailure) -> WebClient {
        let client = try WebClient(port: port)
        client.send(
            "GET", path,
            fields: [
                "Cookie: " + cookie, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ])
        let status = try client.answer().status
        guard status == 101 else { throw BenchmarkFailure("\(path) cannot be opened: \(status)") }
        return client
    }
}
