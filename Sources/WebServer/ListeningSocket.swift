import CLinux
import Glibc
import HTTP

/// Where to listen.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric address; an empty host is every address of the device, IPv4 and IPv6. Port 0 takes a free one.
    case address(host: String, port: UInt16)
    /// A listening socket that somebody else opened: systemd's, by its number (`InheritedSockets`). It stays open when
    /// the server stops.
    case inherited(Int32)

    /// Reads `192.0.2.1:8080`, `[::1]:8080`, `:8080` or `8080`.
    ///
    /// - Throws: `WebServerError.address`.
    package init(_ text: String) throws(WebServerError) {
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = UInt16(text) else { throw .address(text) }
            self = .address(host: "", port: port)
            return
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .address(text)
        }
        guard let port = UInt16(text[text.index(after: colon)...]),
            host.isEmpty || host.utf8.allSatisfy({ "0123456789abcdefABCDEF.:".utf8.contains($0) })
        else { throw .address(text) }
        self = .address(host: String(host), port: port)
    }

    package var description: String {
        switch self {
        case .address(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .inherited(let number): "inherited socket \(number)"
        }
    }
}

extension ListenAddress {
    /// Whether a server could listen there now: for those who can still choose another.
    package var isFree: Bool {
        guard let socket = try? ListeningSocket.open(self) else { return false }
        Glibc.close(socket.descriptor)
        return true
    }
}

/// Sockets that systemd opened for us (sd_listen_fds(3)): how an unprivileged daemon has port 443.
package enum InheritedSockets {
    /// Their numbers and names.
    ///
    /// - Parameters:
    ///   - environment: reads a variable of the process.
    ///   - process: our own id: what is meant for another process is not ours.
    /// - Returns: descriptors with the names that their unit gives them.
    package static func all(
        environment: (String) -> String?, process: Int32 = getpid()
    ) -> [(descriptor: Int32, name: String)] {
        guard environment("LISTEN_PID").flatMap({ Int32($0) }) == process,
            let count = environment("LISTEN_FDS").flatMap({ Int32($0) }), (1...16).contains(count)
        else { return [] }
        let names = (environment("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            (3 + index, Int(index) < names.count ? String(names[Int(index)]) : "")
        }
    }
}

/// Opening, accepting and asking of sockets: values and numbers only.
enum ListeningSocket {
    /// Opens a listening socket.
    ///
    /// - Returns: its descriptor, which the caller owns, and its port.
    static func open(_ address: ListenAddress) throws(WebServerError) -> (descriptor: Int32, port: UInt16) {
        let descriptor: Int32
        switch address {
        case .inherited(let number):
            // A copy: the next server of this process takes another one.
            descriptor = fcntl(number, F_DUPFD_CLOEXEC, 3)
            guard descriptor >= 0 else { throw failure("dup", address) }
        case .address(let host, let port): descriptor = try bound(host, port, address)
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0, listen(descriptor, 1024) == 0 else {
            defer { Glibc.close(descriptor) }
            throw failure("listen", address)
        }
        return (descriptor, port(of: descriptor))
    }

    /// Bytes that the kernel keeps of what is written to one connection; it takes twice that for its own needs. By itself
    /// it would keep 4 MiB for a reader who does not read: 64 of them, and the service is over its memory limit (S78).
    private static let sendBuffer: Int32 = 64 * 1024

    /// The next connection that waits; nil when there is none.
    static func accept(_ listener: Int32) -> (descriptor: Int32, peer: PeerAddress)? {
        let descriptor = cellbridge_accept(listener)
        guard descriptor >= 0 else { return nil }
        var one: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        var size = sendBuffer
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, 4)
        return (descriptor, peer(of: descriptor))
    }

    // MARK: - Private

    private static func failure(_ call: String, _ address: ListenAddress) -> WebServerError {
        .system(call: call, address: address.description, errno: errno)
    }

    private static func bound(
        _ host: String, _ port: UInt16, _ address: ListenAddress
    ) throws(WebServerError) -> Int32 {
        let isIPv4 = !host.isEmpty && !host.contains(":")
        let descriptor = socket(
            isIPv4 ? AF_INET : AF_INET6, cellbridge_stream_socket | cellbridge_socket_flags, 0)
        guard descriptor >= 0 else {
            // A kernel without IPv6 still serves IPv4.
            guard host.isEmpty, errno == EAFNOSUPPORT else { throw failure("socket", address) }
            return try bound("0.0.0.0", port, address)
        }
        var on: Int32 = 1
        var off: Int32 = 0
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        if host.isEmpty { _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, 4) }
        let result: Int32
        if isIPv4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            guard unsafe inet_pton(AF_INET, host, &name.sin_addr) == 1 else {
                Glibc.close(descriptor)
                throw .address(address.description)
            }
            result = unsafe withUnsafePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        } else {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            let isAddress = unsafe inet_pton(AF_INET6, host, &name.sin6_addr) == 1
            guard host.isEmpty || isAddress else {
                Glibc.close(descriptor)
                throw .address(address.description)
            }
            result = unsafe withUnsafePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        guard result == 0 else {
            let error = failure("bind", address)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private typealias NameCall = (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

    private static func port(of descriptor: Int32) -> UInt16 {
        // The port stands at the same place for both families.
        unsafe name { unsafe getsockname(descriptor, $0, $1) }.map { UInt16(bigEndian: $0.sin6_port) } ?? 0
    }

    private static func peer(of descriptor: Int32) -> PeerAddress {
        // A Unix socket's peer is on this computer.
        guard var name = unsafe name({ unsafe getpeername(descriptor, $0, $1) }) else { return .loopback }
        switch Int32(name.sin6_family) {
        case AF_INET6:
            return unsafe withUnsafeBytes(of: &name.sin6_addr) { PeerAddress(unsafe Array($0)) } ?? .loopback
        case AF_INET:
            // struct sockaddr_in: the address after family and port, where IPv6 has its flow information.
            return unsafe withUnsafeBytes(of: &name.sin6_flowinfo) { PeerAddress(unsafe Array($0)) } ?? .loopback
        default: return .loopback
        }
    }

    private static func name(_ call: NameCall) -> sockaddr_in6? {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call($0, &length) }
        }
        return result == 0 ? name : nil
    }
}
