import CLinux
import Glibc
import Links
import Synchronization

/// A process of the program under test, its output by line and its end.
final class Child: Sendable {
    /// How a process ended.
    enum End: Sendable, Hashable {
        case exited(Int32)
        case killed(Int32)
    }

    /// A line that it wrote, and when it was read here.
    struct Line: Sendable {
        var at: Moment
        var text: String
    }

    /// The process could not be started.
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    let pid: pid_t
    /// The moment just before it was started.
    let spawned: Moment
    let output: Journal<Line>
    let errors: Journal<Line>
    let ended: Journal<End>
    private let loop: EventLoop
    private let state: Mutex<State>

    private struct State {
        var openPipes = 2
        var isReaped = false
    }

    private init(_ pid: pid_t, spawned: Moment, loop: EventLoop) {
        (self.pid, self.spawned, self.loop) = (pid, spawned, loop)
        output = Journal(loop)
        errors = Journal(loop)
        ended = Journal(loop)
        state = Mutex(State())
    }

    /// Starts the program, with no signal blocked and SIGPIPE as usual, whatever the tests' own process has.
    ///
    /// - Parameters:
    ///   - words: its arguments.
    ///   - program: another program's absolute path, in place of the one under test.
    ///   - input: a file for its standard input; nothing without one.
    ///   - environment: more variables than a path and a language.
    ///   - isHeld: whether it is killed with the loop's thread, even where the tests themselves are killed.
    ///   - loop: where its output is read.
    /// - Returns: the running process.
    /// - Throws: `Program.Missing`, `NotStarted`, or what the loop throws.
    static func start(
        _ words: [String], of program: String? = nil, input: String = "/dev/null", environment: [String] = [],
        isHeld: Bool = false, on loop: EventLoop
    ) async throws -> Child {
        let command = (isHeld ? holder : []) + [try program ?? Program.path()] + words
        return try await loop.run {
            // One at a time: a process started in between would inherit the pipes and hold them open.
            try starting.withLock { _ in
                var pipes: [[Int32]] = []
                for _ in 0..<2 { pipes.append(try makePipe()) }
                defer { for pipe in pipes { close(pipe[1]) } }
                let spawned = Moment.now
                let pid = try spawn(command, environment, input: input, output: pipes[0][1], errors: pipes[1][1])
                Survivors.add(pid)
                let child = Child(pid, spawned: spawned, loop: loop)
                try child.read(pipes[0][0], into: child.output)
                try child.read(pipes[1][0], into: child.errors)
                return child
            }
        }
    }

    private static let starting = Mutex(())

    /// Sets the signal that a process gets when the thread ends that has started it.
    private static let holder = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]

    private static func makePipe() throws -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NotStarted(description: "no pipe, errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return ends
    }

    /// Sends a signal, unless the process has ended.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if !state.isReaped { kill(pid, signal) }
        }
    }

    /// Waits for its end.
    func end(within bound: Duration) async -> End? { await ended.wait(within: bound) { $0.first } }

    /// Whether it has not ended.
    var isRunning: Bool { state.withLock { !$0.isReaped } }

    /// Processor time that it has used so far, in user and system mode.
    var processorTime: Duration? {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        // The name stands in brackets and may hold anything; the numbers come after the last one.
        let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            return nil
        }
        return .seconds(Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// What it wrote, for messages.
    var story: String { errors.all.suffix(12).map { "\n    " + $0.text }.joined() }

    // MARK: - Private

    private static func spawn(
        _ command: [String], _ environment: [String], input: String, output: Int32, errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let inherited = ["PATH", "LD_LIBRARY_PATH"].compactMap { name in
            getenv(name).map { name + "=" + String(cString: $0) }
        }
        var arguments = command.map { strdup($0) } + [nil]
        var variables = (inherited + ["LANG=C.UTF-8"] + environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
        guard result == 0 else { throw NotStarted(description: "\(command[0]) cannot be started, errno \(result)") }
        return pid
    }

    private func read(_ descriptor: Int32, into journal: Journal<Line>) throws {
        let reader = LineCutter()
        let watch = Mutex<DescriptorWatch?>(nil)
        let box = WatchBox(watch)
        let handle = try loop.watch(descriptor, name: "pipe", for: .readable) { [self] _ in
            let now = Moment.now
            var block = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = Glibc.read(descriptor, &block, block.count)
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN { return }
                for line in reader.take(count > 0 ? Array(block[..<count]) : nil) {
                    journal.add(Line(at: now, text: line))
                }
                guard count <= 0 else { continue }
                if let watch = box.watch.withLock({ $0.take() }) { loop.unwatch(watch) }
                close(descriptor)
                return pipeEnded()
            }
        }
        box.watch.withLock { $0 = handle }
    }

    private final class WatchBox: Sendable {
        let watch: Mutex<DescriptorWatch?>
        init(_ watch: consuming Mutex<DescriptorWatch?>) { self.watch = watch }
    }

    /// Both pipes are closed when the process ends, a moment before it can be reaped.
    private func pipeEnded() {
        if state.withLock({
            $0.openPipes -= 1
            return $0.openPipes == 0
        }) {
            reap()
        }
    }

    private func reap() {
        var status: Int32 = 0
        let isReaped = state.withLock { state in
            if waitpid(pid, &status, WNOHANG) == pid { state.isReaped = true }
            return state.isReaped
        }
        guard isReaped else {
            loop.schedule(at: .now + .milliseconds(2)) { [self] in reap() }
            return
        }
        Survivors.remove(pid)
        let signal = status & 0x7F
        ended.add(signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal))
    }
}

/// Cuts bytes into lines; the last one counts without its line feed too.
private final class LineCutter: Sendable {
    private let rest = Mutex<[UInt8]>([])

    /// Takes bytes, nil at the end, and gives the lines that are complete.
    func take(_ bytes: [UInt8]?) -> [String] {
        rest.withLock { rest in
            rest += bytes ?? []
            var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest = bytes == nil ? [] : Array(parts.removeLast())
            if bytes == nil, parts.last?.isEmpty ?? false { parts.removeLast() }
            return parts.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

/// Processes that are still there; they end with the tests, however these end.
private enum Survivors {
    private static let all = Mutex<Set<pid_t>>([])
    private static let isArmed: Bool = atexit { Survivors.killAll() } == 0

    static func add(_ pid: pid_t) {
        precondition(isArmed, "atexit failed")
        all.withLock { _ = $0.insert(pid) }
    }

    static func remove(_ pid: pid_t) { all.withLock { _ = $0.remove(pid) } }

    private static func killAll() { all.withLock { for pid in $0 { kill(pid, SIGKILL) } } }
}
