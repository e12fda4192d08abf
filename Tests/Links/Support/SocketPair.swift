import CLinux
import Glibc

/// Two connected stream sockets of the kernel; `near` does not block.
final class SocketPair: Sendable {
    let near: Int32
    let far: Int32

    init(type: Int32 = cellbridge_stream_socket) {
        var ends: [Int32] = [-1, -1]
        _ = socketpair(AF_UNIX, type | O_CLOEXEC, 0, &ends)
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
