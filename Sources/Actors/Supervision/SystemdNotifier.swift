import CSystemd

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

/// Speaks to systemd through libsystemd.
package enum SystemdNotifier {
    /// Tells systemd; without `NOTIFY_SOCKET` it does nothing.
    ///
    /// It may block for as long as systemd does not read: for the watchdog's thread, never for a loop or the pool.
    ///
    /// - Returns: whether there was somebody to tell.
    @discardableResult
    package static func send(_ state: ServiceState) -> Bool { unsafe sd_notify(0, state.assignment) > 0 }
}
