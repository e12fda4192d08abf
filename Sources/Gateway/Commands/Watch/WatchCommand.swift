import Links

/// `cellbridge watch`: the live picture of a running daemon, for as long as somebody looks.
enum WatchCommand {
    static let command = Command(
        "watch", "Shows the live picture of a running daemon, redrawn in place",
        options: [
            ConfigCommands.state,
            .init("--url", "URL", "another place of the daemon: unix:PATH"),
            .init("--json", nil, "one JSON line per change, in the form of /api/status"),
            .init("--seconds", "N", "ends after so long"),
        ], waitsForSignals: true
    ) { arguments in try run(arguments) }

    /// Silence of the daemon, which tells every half second, after which the picture says so.
    private static let patience: Duration = .seconds(2)
    private static let reconnectPause: Duration = .milliseconds(500)

    private static func run(_ arguments: Arguments) throws -> ExitCode {
        let path = try DaemonSocket.path(arguments, "watch")
        let seconds: Double = try arguments.number("--seconds", in: 0.1...1e9) ?? 1e9
        let end = ContinuousClock.now + .seconds(seconds)
        let signals = EndSignals()
        var client: UnixClient? = try connect(path)
        let screen = screen(arguments)
        defer { screen.close() }
        while ContinuousClock.now < end {
            let patience = min(patience, end - .now)
            switch client?.next(within: patience, interruptedBy: signals.descriptor) {
            case .line(let line):
                // Nobody reads any more: a closed pipe is an end.
                guard screen.show(line) else { return .good }
            case .interrupted: return .good
            case .silence: if ContinuousClock.now < end { screen.lose("the daemon does not answer") }
            case .ended, nil:
                client = nil
                screen.lose("the daemon has ended; waiting for it")
                guard !signals.wait(Self.reconnectPause) else { return .good }
                client = try? connect(path)
            }
        }
        return .good
    }

    private static func screen(_ arguments: Arguments) -> any WatchScreen {
        if arguments.has("--json") { return JSONScreen() }
        return Console.isTerminal ? TerminalScreen() : SummaryScreen()
    }

    private static func connect(_ path: String) throws(CommandFailure) -> UnixClient {
        let client = try DaemonSocket.connect(path, "watch")
        do { try client.send(#"{"command":"watch"}"#) } catch { throw DaemonSocket.absent(path, "watch") }
        return client
    }
}
