import CLinux
import Glibc

/// An address that a stream socket can connect to, as the bytes of its `sockaddr`.
struct SocketAddress: Sendable, Hashable {
    /// `AF_UNIX`, `AF_INET` or `AF_INET6`.
    var family: Int32
    /// A whole `sockaddr` of that family.
    var bytes: [UInt8]

    /// The address of a socket in the file system.
    ///
    /// - Throws: `.badAddress` when the path is longer than the 107 bytes that the kernel has room for.
    static func unix(path: String, name: String) throws(LinkError) -> SocketAddress {
        var address = sockaddr_un()
        let path = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < room else {
            throw .badAddress(name, reason: "a socket's path has at most \(room - 1) bytes")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        return SocketAddress(family: AF_UNIX, bytes: unsafe withUnsafeBytes(of: &address) { unsafe Array($0) })
    }

    /// Asks the resolver; blocks, for many seconds when name servers are silent.
    ///
    /// - Throws: `.missing` when the name has no address, `.system` when the resolver itself fails.
    static func resolve(host: String, port: UInt16, name: String) throws(LinkError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = cellbridge_stream_socket
        unsafe hints.ai_flags = AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, "\(port)", &hints, &first)
        guard result == 0 else {
            if result == EAI_SYSTEM { throw .system(name, call: "getaddrinfo", errno: errno) }
            throw .missing(name)
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            unsafe addresses.append(SocketAddress(family: entry.pointee.ai_family, bytes: Array(bytes)))
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}
