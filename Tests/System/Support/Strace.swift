import Glibc

/// A medium that fails, or a power cut, at chosen system calls of a process: strace tampers with them.
struct Strace: Sendable {
    static let path = "/usr/bin/strace"

    /// The calls.
    var calls: String
    /// What becomes of them: `error=ENOSPC`, `signal=SIGKILL`.
    var action: String
    /// Which of them: `3` the third, `3+` that and all later ones.
    var when = "1+"
    /// Files that they must be about; any without.
    var files: [String] = []

    private var options: [String] {
        ["-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=\(calls):\(action):when=\(when)"]
            + files.flatMap { ["-P", $0] }
    }

    /// Arguments of strace that run the program so; the process that is started is the program itself.
    func running(_ words: [String]) throws -> [String] {
        ["-D", "--seccomp-bpf"] + options + [try Program.path()] + words
    }

    /// Arguments of strace that do this to a process which runs.
    func attached(to pid: pid_t) -> [String] { options + ["-p", String(pid)] }
}
