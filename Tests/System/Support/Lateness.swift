import Glibc
import Links
import Synchronization

/// How late this machine serves whoever has something to do: the bench's own thread, and the processes under test.
///
/// What a test sees of the wire is sent by a thread that waits its turn like every other, and dated by another: where a turn
/// comes late, so do all times, and what they say is said of the machine.
final class Lateness: Sendable {
    /// From here on times are no evidence: the tightest that a test judges is a tenth of a second.
    static let bound = Duration.milliseconds(80)

    private static let beat = Duration.milliseconds(40)
    /// How often the processes are looked at.
    private static let look = Duration.milliseconds(200)

    private let loop: EventLoop
    private let state = Mutex(State())

    private struct State {
        var longest = Duration.zero
        /// Time that each thread of a process has waited for a processor so far.
        var waited: [pid_t: [String: Duration]] = [:]
    }

    /// Begins to look, on the thread that dates what comes in.
    init(of loop: EventLoop) {
        self.loop = loop
        beat()
        look()
    }

    /// Looks at a process, too, as long as it lives.
    func watch(_ process: pid_t) { state.withLock { $0.waited[process] = [:] } }

    /// The longest time that one of them had to wait so far.
    var worst: Duration { state.withLock { $0.longest } }
    var isTooLate: Bool { worst > Self.bound }

    private func beat() {
        let due = Moment.now + Self.beat
        loop.schedule(at: due) { [weak self] in
            guard let self else { return }
            note(Moment.now - due)
            beat()
        }
    }

    private func look() {
        for process in state.withLock({ Array($0.waited.keys) }) {
            let now = Self.waits(of: process)
            let before = state.withLock { state in
                defer { state.waited[process] = now }
                return state.waited[process] ?? [:]
            }
            for (thread, wait) in now { note(wait - (before[thread] ?? .zero)) }
        }
        loop.schedule(at: .now + Self.look) { [weak self] in self?.look() }
    }

    private func note(_ wait: Duration) { state.withLock { $0.longest = max($0.longest, wait) } }

    /// The kernel's count for each thread: the second number of its `schedstat`, in nanoseconds.
    private static func waits(of process: pid_t) -> [String: Duration] {
        let folder = "/proc/\(process)/task"
        var waits: [String: Duration] = [:]
        for thread in TemporaryFolder.names(in: folder) {
            guard let file = fopen("\(folder)/\(thread)/schedstat", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 80)
            guard fgets(&line, Int32(line.count), file) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let words = text.split(separator: " ")
            guard words.count >= 2, let nanoseconds = Int64(words[1]) else { continue }
            waits[thread] = .nanoseconds(nanoseconds)
        }
        return waits
    }
}
