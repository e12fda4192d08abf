import CLinux
import Glibc

/// A connection to a socket in the file system for a program that has nothing else to do: it blocks, and reads lines.
///
/// For command-line tools; whoever serves uses a `StreamLink` on a loop.
package struct UnixClient: ~Copyable {
    /// What waiting for a line ended with.
    package enum Event: Sendable, Hashable {
        /// A line without its end.
        case line([UInt8])
        /// Nothing came in time.
        case silence
        /// The other side has gone.
        case ended
        /// The descriptor that interrupts became readable.
        case interrupted
    }

    /// Longest line, bytes; a longer one ends the connection.
    private static let longestLine = 8 << 20

    private let name: String
    private let socket: Descriptor
    private var buffer: [UInt8] = []
    /// Where the search for the end of the next line goes on.
    private var searched = 0
    private var hasEnded = false

    /// Connects.
    ///
    /// - Throws: `.missing` when nobody listens, `.busy`, `.forbidden`, `.badAddress` for a path that is too long, `.system`.
    package init(path: String) throws(LinkError) {
        let name = LinkAddress.unix(path: path).description
        let address = try SocketAddress.unix(path: path, name: name)
        let type = cellbridge_stream_socket | cellbridge_socket_flags
        let socket = try Descriptor(Glibc.socket(AF_UNIX, type, 0), name: name, call: "socket")
        let number = socket.number
        let result = unsafe address.bytes.withUnsafeBytes { bytes in
            unsafe connect(number, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard result == 0 else { throw .opening(name, call: "connect", errno: errno) }
        self.name = name
        self.socket = socket
    }

    /// Sends a line; what is sent is short, so that the kernel takes it at once.
    ///
    /// - Throws: `.unplugged` when the other side has gone, `.congested`, `.system`.
    package func send(_ line: String) throws(LinkError) {
        let bytes = Array((line + "\n").utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count >= 0 else { throw .using(name, call: "send", errno: errno) }
        guard count == bytes.count else { throw .congested(name) }
    }

    /// Waits for the next line.
    ///
    /// - Parameters:
    ///   - patience: how long at most.
    ///   - interruption: a descriptor that ends the wait when it becomes readable, such as a signalfd.
    /// - Returns: the line, or why there is none.
    package mutating func next(within patience: Duration, interruptedBy interruption: Int32? = nil) -> Event {
        let deadline = ContinuousClock.now + patience
        while true {
            if let line = takeLine() { return .line(line) }
            guard !hasEnded, buffer.count <= Self.longestLine else { return .ended }
            var waits = [pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)]
            if let interruption { waits.append(pollfd(fd: interruption, events: Int16(POLLIN), revents: 0)) }
            let left = max(.zero, deadline - .now) / .milliseconds(1)
            let ready = unsafe poll(&waits, nfds_t(waits.count), Int32(min(left.rounded(.up), 1e9)))
            if ready < 0, errno == EINTR { continue }
            guard ready >= 0 else { return .ended }
            if waits.count > 1, waits[1].revents != 0 { return .interrupted }
            guard ready > 0 else { return .silence }
            fill()
        }
    }

    // MARK: - Private

    private mutating func takeLine() -> [UInt8]? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            return nil
        }
        let line = Array(buffer[..<end])
        buffer.removeFirst(end + 1)
        searched = 0
        return line
    }

    private mutating func fill() {
        let number = socket.number
        var isOver = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { block, count in
            let result = unsafe read(number, block.baseAddress, block.count)
            isOver = result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR)
            count = max(0, result)
        }
        buffer += bytes
        hasEnded = isOver
    }
}
