import Glibc

/// Two connected stream sockets of the kernel; `near` does not block.
final class SocketPair: Sendable {
    let near: Int32
    let far: Int32

    init(type: Int32 = Int32(SOCK_STREAM.rawValue)) {
        var ends: [Int32] = [-1, -1]
        _ = socketpair(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        (near, far) = (ends[0], ends[1])
        _ = fcntl(near, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(near)
        close(far)
    }

    /// Writes at the far end.
    func send(_ bytes: [UInt8]) { _ = write(far, bytes, bytes.count) }
}
