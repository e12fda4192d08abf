import Dispatch
import Glibc
import JSONText
import Synchronization

/// Carries lines to a descriptor on a thread of its own, so that a slow, full or dead one never holds up a caller (S91).
final class LogWriter: Sendable {
    private struct Waiter {
        /// Lines that must have been dealt with.
        let target: Int
        let signal: DispatchSemaphore
    }

    private struct State {
        var lines: Ring<LogLine>
        /// Lines handed over since the start.
        var accepted = 0
        /// Of those, the ones written or lost.
        var settled = 0
        /// Lines lost since the last one written.
        var lost = 0
        var waiters: [Waiter] = []
        var isFinished = false
    }

    private let descriptor: Int32
    private let format: LogFormat
    private let withPriority: Bool
    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)

    /// Starts the thread, which lives until `finish`.
    ///
    /// - Throws: `DedicatedThread.StartFailure`.
    init(
        descriptor: Int32, format: LogFormat, withPriority: Bool, capacity: Int
    ) throws(DedicatedThread.StartFailure) {
        self.descriptor = descriptor
        self.format = format
        self.withPriority = withPriority
        state = Mutex(State(lines: Ring(capacity: capacity)))
        _ = try DedicatedThread(named: "log") { [self] in drain() }
    }

    /// Queues a line; the oldest one waiting is lost if the queue is full. Never blocks.
    func append(_ line: LogLine) {
        state.withLock { state in
            state.accepted += 1
            guard state.lines.append(line) != nil else { return }
            state.lost += 1
            Self.settle(&state)
        }
        wake.signal()
    }

    /// Blocks the calling thread until every line queued so far is written or lost.
    ///
    /// - Parameter timeout: 0 s ... 1 day.
    /// - Returns: false when the time was up first.
    func flush(timeout: Duration) -> Bool {
        let signal = DispatchSemaphore(value: 0)
        let isDone = state.withLock { state in
            guard state.settled < state.accepted else { return true }
            state.waiters.append(Waiter(target: state.accepted, signal: signal))
            return false
        }
        if isDone { return true }
        let milliseconds = min(max(timeout, .zero), .seconds(86_400)) / .milliseconds(1)
        return signal.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success
    }

    /// Lets the thread end after the lines that are queued.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake.signal()
    }

    // MARK: - The thread

    private func drain() {
        while true {
            wake.wait()
            while let (line, lost) = take() {
                // The note stands where the gap is.
                if lost > 0 { _ = write(note(of: lost, before: line)) }
                let isWritten = write(line)
                state.withLock { state in
                    if !isWritten { state.lost += lost + 1 }
                    Self.settle(&state)
                }
            }
            if state.withLock({ $0.isFinished && $0.lines.isEmpty }) { return }
        }
    }

    private func take() -> (line: LogLine, lost: Int)? {
        state.withLock { state in
            guard let line = state.lines.removeFirst() else { return nil }
            defer { state.lost = 0 }
            return (line, state.lost)
        }
    }

    private static func settle(_ state: inout State) {
        state.settled += 1
        let settled = state.settled
        state.waiters.removeAll { waiter in
            guard waiter.target <= settled else { return false }
            waiter.signal.signal()
            return true
        }
    }

    private func note(of lost: Int, before line: LogLine) -> LogLine {
        LogLine(
            number: line.number, level: .warning, event: "log.lost",
            text: "Lines were lost because standard error did not take them.", fields: [.init("lines", .integer(lost))],
            uptime: line.uptime, time: line.time, suppressed: 0)
    }

    /// Writes a whole line, however long the descriptor takes; false when it failed.
    private func write(_ line: LogLine) -> Bool {
        let bytes = format.bytes(of: line, withPriority: withPriority)
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if written >= 0 {
                offset += written
            } else if errno == EAGAIN {
                // Another program that shares the descriptor made it non-blocking: wait as if it blocked.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&request, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
