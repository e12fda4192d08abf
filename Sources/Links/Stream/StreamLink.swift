import CLinux
import Glibc

/// A stream socket: a serial server over TCP, or a socket in the file system.
package final class StreamLink: ByteLink {
    private let stream: DescriptorStream

    private init(_ stream: DescriptorStream) { self.stream = stream }

    /// How long one address may take to answer.
    private static let patience: Duration = .seconds(5)

    /// Connects to a serial server, trying each address of the host in turn; the name is looked up on a thread of its own
    /// (S33).
    ///
    /// - Throws: `.missing` when nobody answers within 5 s, `.forbidden` or `.system`; `ECANCELED` when the task was.
    package static func connect(host: String, port: UInt16, loop: EventLoop) async throws(LinkError) -> StreamLink {
        let name = LinkAddress.tcp(host: host, port: port).description
        let addresses = try await WorkerThread.runUntilCancelled(name) { () throws(LinkError) in
            try SocketAddress.resolve(host: host, port: port, name: name)
        }
        var failure = LinkError.missing(name)
        for address in addresses {
            do { return try await connect(address, name: name, loop: loop) } catch { failure = error }
        }
        throw failure
    }

    /// Connects to a socket in the file system.
    ///
    /// - Throws: as `connect(host:port:loop:)`, and `.badAddress` for a path that is too long.
    package static func connect(path: String, loop: EventLoop) async throws(LinkError) -> StreamLink {
        let name = LinkAddress.unix(path: path).description
        return try await connect(try .unix(path: path, name: name), name: name, loop: loop)
    }

    /// Takes over a connected, non-blocking socket. On the loop.
    static func adopt(
        _ socket: consuming Descriptor, name: String, loop: EventLoop, queueLimit: Int = DescriptorStream.queueLimit
    ) throws(LinkError) -> StreamLink {
        StreamLink(try DescriptorStream(socket, kind: .socket, name: name, loop: loop, queueLimit: queueLimit))
    }

    package var name: String { stream.name }
    package var unsent: Int { stream.unsent }
    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { stream.listen(receiver) }
    package func write(_ bytes: [UInt8]) throws(LinkError) { try stream.write(bytes) }
    package func discardInput() { stream.discardInput() }
    package func close() { stream.close() }

    // MARK: - Private

    private static func connect(
        _ address: SocketAddress, name: String, loop: EventLoop
    ) async throws(LinkError) -> StreamLink {
        let answer = OneAnswer<Result<StreamLink, LinkError>>()
        let result = await withTaskCancellationHandler {
            loop.perform { Connection.start(address, name: name, loop: loop, patience: patience, answer) }
            return await answer.value()
        } onCancel: {
            answer.give(.failure(.system(name, call: "connect", errno: ECANCELED)))
        }
        return try result.get()
    }
}

/// A socket on its way to being connected; lives on the loop until it has answered.
///
/// `@unchecked Sendable`: touched on the loop alone.
private final class Connection: @unchecked Sendable {
    private let name: String
    private let loop: EventLoop
    private let answer: OneAnswer<Result<StreamLink, LinkError>>
    private var socket: Descriptor?
    private var watch: DescriptorWatch?
    private var timer: LoopTimer?

    private init(name: String, loop: EventLoop, answer: OneAnswer<Result<StreamLink, LinkError>>) {
        (self.name, self.loop, self.answer) = (name, loop, answer)
    }

    static func start(
        _ address: SocketAddress, name: String, loop: EventLoop, patience: Duration,
        _ answer: OneAnswer<Result<StreamLink, LinkError>>
    ) {
        let connection = Connection(name: name, loop: loop, answer: answer)
        do { try connection.begin(address, patience: patience) } catch { connection.finish(error) }
    }

    private func begin(_ address: SocketAddress, patience: Duration) throws(LinkError) {
        let type = cellbridge_stream_socket | cellbridge_socket_flags
        let socket = try Descriptor(Glibc.socket(address.family, type, 0), name: name, call: "socket")
        if address.family != AF_UNIX { Self.tune(socket) }
        let number = socket.number
        self.socket = consume socket
        let result = unsafe address.bytes.withUnsafeBytes { bytes in
            unsafe Glibc.connect(
                number, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        if result == 0 { return finish(nil) }
        guard errno == EINPROGRESS else { throw .opening(name, call: "connect", errno: errno) }
        // The handler and the timer keep this object alive; `finish` lets go of both.
        watch = try loop.watch(number, name: name, for: .writable) { [self] _ in isReady(number) }
        timer = loop.schedule(at: loop.now + patience) { [self] in finish(.missing(name)) }
    }

    private func isReady(_ number: Int32) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length)
        finish(code == 0 ? nil : .opening(name, call: "connect", errno: code))
    }

    private func finish(_ error: LinkError?) {
        if let timer { loop.cancel(timer) }
        if let watch { loop.unwatch(watch) }
        (timer, watch) = (nil, nil)
        guard let socket = socket.take() else { return answer.give(.failure(error ?? .missing(name))) }
        if let error { return answer.give(.failure(error)) }
        do {
            answer.give(.success(try StreamLink.adopt(socket, name: name, loop: loop)))
        } catch { answer.give(.failure(error)) }
    }

    /// Small requests leave at once, and a peer that vanished is noticed after 10 s of unanswered bytes.
    private static func tune(_ socket: borrowing Descriptor) {
        var on: Int32 = 1
        var limit: UInt32 = 10_000
        _ = unsafe setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        _ = unsafe setsockopt(socket.number, SOL_SOCKET, SO_KEEPALIVE, &on, 4)
        _ = unsafe setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, 4)
    }
}
