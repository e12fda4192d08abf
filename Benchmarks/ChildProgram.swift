import CLinux
import Glibc

/// A process that is measured from outside.
final class ChildProgram: Sendable {
    /// Its id.
    let process: pid_t
    /// When it was asked for, ns.
    let began: Int64

    /// Starts a program with nothing in its environment, its output going nowhere unless a file is named for it.
    ///
    /// - Throws: `BenchmarkFailure` when it cannot be started.
    init(
        _ program: String, _ words: [String], input: String = "/dev/null", output: String = "/dev/null"
    ) throws(BenchmarkFailure) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Released below: the child has its own copy once posix_spawn returns.
        var arguments = unsafe ([program] + words).map { unsafe strdup($0) } + [nil]
        var environment = unsafe [strdup("PATH=/usr/bin:/bin"), nil]
        defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
        var process = pid_t()
        began = Bare.now
        let result = unsafe posix_spawn(&process, program, &actions, nil, &arguments, &environment)
        guard result == 0 else {
            throw BenchmarkFailure("\(program) does not start: \(unsafe String(cString: strerror(result)))")
        }
        self.process = process
    }

    /// Waits for its end.
    ///
    /// - Returns: seconds of processor time that it used.
    /// - Throws: `BenchmarkFailure` when it ended otherwise than well.
    func waitForEnd() throws(BenchmarkFailure) -> Double {
        var status: Int32 = 0
        var usage = rusage()
        while unsafe wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
        guard status == 0 else { throw BenchmarkFailure("the program ended with status \(status)") }
        return Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
    }

    /// Asks it to stop, and makes it after 5 s.
    func stop() {
        kill(process, SIGTERM)
        var status: Int32 = 0
        for _ in 0..<500 {
            guard unsafe waitpid(process, &status, WNOHANG) == 0 else { return }
            Bare.sleep(until: Bare.now + 10_000_000)
        }
        kill(process, SIGKILL)
        unsafe waitpid(process, &status, 0)
    }

    /// Nanoseconds of processor time so far.
    var processorTime: Int64 { Bare.processTime(process) ?? 0 }

    /// How often its threads went to sleep of themselves: once for each wake-up.
    var wakeUps: Int {
        Bare.names(in: "/proc/\(process)/task").reduce(0) { sum, thread in
            sum + number("voluntary_ctxt_switches", in: "/proc/\(process)/task/\(thread)/status")
        }
    }

    /// Bytes resident, and those of them that no file holds.
    var memory: (resident: Int, anonymous: Int) {
        let path = "/proc/\(process)/status"
        return (number("VmRSS", in: path) * 1024, number("RssAnon", in: path) * 1024)
    }

    // MARK: - Private

    private func number(_ name: String, in path: String) -> Int {
        let line = Bare.text(of: path).split(separator: "\n").first { $0.hasPrefix(name + ":") }
        let words = line?.split { $0 == " " || $0 == "\t" } ?? []
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
}
