import CLinux
import Glibc

/// A socket in the file system that local programs connect to; only its owner may.
///
/// `@unchecked Sendable`: everything is touched on the loop alone.
package final class UnixListener: @unchecked Sendable {
    /// Bytes that may wait for one reader: a whole status document of many packs, several times over.
    package static let queueLimit = 1 << 20
    private static let backlog: Int32 = 16

    private let path: String
    private let loop: EventLoop
    private var descriptor: Descriptor?
    private var watch: DescriptorWatch?

    private init(path: String, loop: EventLoop) {
        self.path = path
        self.loop = loop
    }

    /// Makes the socket and hands over each connection, on the loop.
    ///
    /// A socket that a dead process left behind is replaced; one that answers is not.
    /// - Throws: `.busy` when another process listens there, `.badAddress` for a path that is too long, `.system`.
    package static func listen(
        at path: String, on loop: EventLoop, _ handler: @escaping @Sendable (StreamLink) -> Void
    ) async throws(LinkError) -> UnixListener {
        if (try? await StreamLink.connect(path: path, loop: loop)) != nil { throw .busy(path) }
        return try await loop.run { () throws(LinkError) in
            let listener = UnixListener(path: path, loop: loop)
            try listener.begin(handler)
            return listener
        }
    }

    /// Ends listening and removes the socket. On the loop.
    package func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
        descriptor = nil
        _ = unsafe unlink(path)
    }

    // MARK: - Private

    private func begin(_ handler: @escaping @Sendable (StreamLink) -> Void) throws(LinkError) {
        let address = try SocketAddress.unix(path: path, name: path)
        let type = cellbridge_stream_socket | cellbridge_socket_flags
        let socket = try Descriptor(Glibc.socket(AF_UNIX, type, 0), name: path, call: "socket")
        _ = unsafe unlink(path)
        // Nobody else may connect, from the first moment on: the mask is the process's, so it is put back at once.
        let mask = umask(0o177)
        let bound = unsafe address.bytes.withUnsafeBytes { bytes in
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return Int32(-1) }
            return unsafe bind(socket.number, start, socklen_t(bytes.count))
        }
        let failure = errno
        umask(mask)
        guard bound == 0 else { throw .system(path, call: "bind", errno: failure) }
        guard Glibc.listen(socket.number, Self.backlog) == 0 else { throw .system(path, call: "listen", errno: errno) }
        let number = socket.number
        descriptor = consume socket
        watch = try loop.watch(number, name: path, for: .readable) { [weak self] _ in self?.accept(handler) }
    }

    private func accept(_ handler: @Sendable (StreamLink) -> Void) {
        guard let number = descriptor?.number else { return }
        while true {
            let accepted = cellbridge_accept(number)
            // Nobody left in the queue, or a connection that died in it.
            guard accepted >= 0 else { return }
            let connection = Descriptor(owning: accepted)
            guard
                let link = try? StreamLink.adopt(
                    connection, name: "unix:" + path, loop: loop, queueLimit: Self.queueLimit)
            else { continue }
            handler(link)
        }
    }
}
