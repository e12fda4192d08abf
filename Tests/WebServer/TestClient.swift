import CLinux
import Glibc

/// A peer with a socket of its own, which knows nothing of our readers. Waits for up to 10 s for what should come.
final class TestClient: Sendable {
    struct Failure: Error { let text: String }

    /// One answer.
    struct Answer {
        var status: Int
        var head: String
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32

    /// Connects; a small receive buffer makes it a slow reader.
    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, cellbridge_stream_socket, 0)
        var time = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw Failure(text: "connect: \(errno)")
        }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, cellbridge_no_signal)
            }
            guard sent > 0 else { throw Failure(text: "send: \(errno)") }
            done += sent
        }
    }

    /// The next bytes, up to some; none at the end of the connection.
    func receive(upTo count: Int = 65536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, count, 0) }
        // A reset is an end too.
        guard got >= 0 || errno == ECONNRESET else { throw Failure(text: "recv: \(errno)") }
        return Array(bytes.prefix(max(0, got)))
    }

    func receive(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(upTo: count - bytes.count)
            guard !more.isEmpty else { throw Failure(text: "ended after \(bytes.count) of \(count) bytes") }
            bytes += more
        }
        return bytes
    }

    /// Everything until the end of the connection.
    func receiveAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            guard !more.isEmpty else { return bytes }
            bytes += more
        }
    }

    /// Reads one answer, byte by byte so that nothing of the next one is taken.
    func answer(withBody: Bool = true) throws -> Answer {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head += try receive(exactly: 1) }
        let text = String(decoding: head, as: UTF8.self)
        let words = text.split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { throw Failure(text: text) }
        var answer = Answer(status: status, head: text, body: [])
        guard withBody else { return answer }
        if let length = value("Content-Length", text).flatMap({ Int($0) }) {
            answer.body = try receive(exactly: length)
        } else if value("Transfer-Encoding", text) == "chunked" {
            while true {
                var line: [UInt8] = []
                while line.last != 10 { line += try receive(exactly: 1) }
                guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
                    throw Failure(text: "no chunk")
                }
                answer.body += try receive(exactly: size)
                _ = try receive(exactly: 2)
                if size == 0 { break }
            }
        }
        return answer
    }

    func value(_ name: String, _ head: String) -> String? {
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    func get(_ path: String) throws -> Answer {
        try send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return try answer()
    }

    // MARK: - WebSocket

    func openWebSocket(_ path: String = "/ws") throws -> Answer {
        try send(
            """
            GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
            """)
        return try answer()
    }

    func sendFrame(_ opcode: UInt8, _ payload: [UInt8]) throws {
        let mask: [UInt8] = [9, 8, 7, 6]
        try send([0x80 | opcode, 0x80 | UInt8(payload.count)] + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] })
    }

    /// Opcode and payload of the next frame.
    func frame() throws -> (opcode: UInt8, payload: [UInt8]) {
        let start = try receive(exactly: 2)
        var length = Int(start[1])
        if length == 126 { length = try receive(exactly: 2).reduce(0) { $0 << 8 | Int($1) } }
        return (start[0] & 15, length == 0 ? [] : try receive(exactly: length))
    }
}
