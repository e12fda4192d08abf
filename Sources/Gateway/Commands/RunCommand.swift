import Actors
import Configuration
import Glibc
import Log

/// `cellbridge run`: the daemon.
enum RunCommand {
    static let options: [Arguments.Option] = [
        .init("--state", "DIR", "folder of every file it writes (default $STATE_DIRECTORY, else ./state)"),
        .init("--set", "NS.KEY=VALUE", "overrides the stored configuration for this run only", repeats: true),
        .init("--http", "HOST:PORT", "address of the web server, in place of web.listen"),
        .init("--log-format", "text|json", "how log lines look"),
        .init("--log-level", "LEVEL", "error, warning, notice, info or debug"),
    ]

    static let command = Command(
        "run", "Runs the gateway until SIGTERM or SIGINT", options: options, waitsForSignals: true
    ) { arguments in
        let daemon = try Daemon(try options(arguments))
        let code = try await daemon.run()
        if code == .good, daemon.restartWanted.value == true { restart() }
        return code
    }

    /// The daemon's options from the command line.
    static func options(_ arguments: Arguments) throws(CommandFailure) -> Daemon.Options {
        let options = Daemon.Options(
            state: Environment.stateFolder(arguments),
            settings: arguments.all("--set") + (arguments.value("--http").map { ["web.listen=" + $0] } ?? []),
            logFormat: try word("--log-format", arguments), logLevel: try word("--log-level", arguments))
        try makeFolder(options.state)
        return options
    }

    /// Puts a new process in the place of this one, with the same words. A service manager does it by itself.
    private static func restart() {
        guard Environment.all["INVOCATION_ID"] == nil else { return }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe CommandLine.arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        unsafe execv("/proc/self/exe", words)
    }

    /// A word of a fixed set.
    private static func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, _ arguments: Arguments
    ) throws(CommandFailure) -> Word? where Word.RawValue == String {
        guard let text = arguments.value(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("cellbridge: \(name) \(text) is not one of \(known)")
        }
        return word
    }

    /// Makes the state folder with its parents, readable by its owner alone: it holds secrets.
    static func makeFolder(_ path: String) throws(CommandFailure) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            guard unsafe mkdir(partial, 0o700) != 0, errno != EEXIST else { continue }
            throw CommandFailure(
                .inputOutput,
                "cellbridge: the state folder \(path) cannot be made (\(LastError.text)): choose another with --state")
        }
        // The dot makes a file in its place "Not a directory" instead of "Permission denied".
        guard unsafe access(path + "/.", R_OK | X_OK) == 0 else {
            throw CommandFailure(
                .inputOutput,
                "cellbridge: the state folder \(path) cannot be read (\(LastError.text)): choose another with --state")
        }
    }
}

/// The text of `errno`.
enum LastError {
    static var text: String { unsafe String(cString: strerror(errno)) }
}
