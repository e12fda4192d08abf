/// How much a line of the log matters.
package enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable {
    case debug, info, notice, warning, error

    /// Priority of syslog(3), 7 (debug) to 3 (error), which journald reads from a `<N>` prefix.
    ///
    /// Source: sd-daemon(3).
    package var priority: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.priority > right.priority }
}
