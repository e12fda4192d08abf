import CLinux
import Glibc

/// What systemd may be told of the service (sd_notify(3)).
package enum ServiceState: Sendable, Hashable {
    /// Configuration is open and the UART and CAN loops run (S53).
    case ready
    /// One line for `systemctl status`.
    case status(String)
    /// A unit of work of every watched part is recent (S54).
    case watchdog
    /// The clean stop has begun.
    case stopping

    /// The assignment as sd_notify(3) wants it; line feeds would begin another one.
    var assignment: String {
        switch self {
        case .ready: "READY=1"
        case .status(let text): "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
        case .watchdog: "WATCHDOG=1"
        case .stopping: "STOPPING=1"
        }
    }
}

/// Speaks to systemd: one datagram to the socket that `NOTIFY_SOCKET` names, as sd_notify(3) lays it down for programs
/// that do without the library.
///
/// libsystemd would do the same, and bring six libraries and a megabyte of resident memory with it. It comes when D-Bus
/// is needed.
package enum SystemdNotifier {
    /// Tells systemd; without `NOTIFY_SOCKET` it does nothing.
    ///
    /// It may block for as long as systemd does not read: for the watchdog's thread, never for a loop or the pool.
    ///
    /// - Returns: whether there was somebody to tell.
    @discardableResult
    package static func send(_ state: ServiceState) -> Bool {
        guard let path = unsafe getenv("NOTIFY_SOCKET").map({ unsafe String(cString: $0) }),
            let address = SystemdAddress(path)
        else { return false }
        let descriptor = socket(AF_UNIX, cellbridge_datagram_socket, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return address.send(Array(state.assignment.utf8), over: descriptor)
    }
}

/// Address of systemd's socket: a path, or a name in the abstract name space where it begins with `@`.
private struct SystemdAddress {
    private var address = sockaddr_un()
    private var length: socklen_t

    init?(_ path: String) {
        var bytes = Array(path.utf8)
        let offset = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        let isAbstract = first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
    }

    /// Sends one datagram; returns whether it was taken.
    func send(_ bytes: [UInt8], over descriptor: Int32) -> Bool {
        unsafe withUnsafeBytes(of: address) { raw in
            guard let start = unsafe raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return unsafe sendto(descriptor, bytes, bytes.count, cellbridge_no_signal, start, length)
                == bytes.count
        }
    }
}
