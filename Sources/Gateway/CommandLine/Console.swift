import CLinux
import Glibc

/// Standard output and error of a command, line by line and unbuffered: a reader behind a pipe sees each line at once.
enum Console {
    /// Writes a line to standard output.
    ///
    /// - Returns: whether somebody still reads; a closed pipe is an end, not an error.
    @discardableResult
    static func print(_ line: String) -> Bool { write(Array((line + "\n").utf8), to: STDOUT_FILENO) }

    /// Writes a line to standard error.
    static func complain(_ line: String) { write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// Writes bytes completely.
    ///
    /// - Returns: whether all were taken.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Size of the terminal; 24 by 80 where there is none.
    static var size: (rows: Int, columns: Int) {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard unsafe cellbridge_window_size(STDOUT_FILENO, &rows, &columns) == 0, rows > 0, columns > 0 else {
            return (24, 80)
        }
        return (Int(rows), Int(columns))
    }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}
