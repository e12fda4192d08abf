import Glibc
import JSONText
import Links

/// `cellbridge record FILE`: writes what crosses the wires of a running daemon, one line a record.
enum RecordCommand {
    static let command = Command(
        "record", "Records every byte of UART and CAN of a running daemon until Ctrl-C; - is standard output",
        positional: ["FILE"], options: [ConfigCommands.state, .init("--seconds", "N", "ends after so long")],
        waitsForSignals: true
    ) { arguments in try run(arguments) }

    private static let reconnectPause: Duration = .milliseconds(500)

    private static func run(_ arguments: Arguments) throws -> ExitCode {
        let file = try arguments.required(0, "the file")
        let seconds: Double = try arguments.number("--seconds", in: 0.1...1e9) ?? 1e9
        let path = DaemonSocket.path(state: Environment.stateFolder(arguments))
        // The daemon first: without one, no empty file is left behind.
        let client = try connect(path)
        let output = try open(file)
        defer { if output != STDOUT_FILENO { close(output) } }
        var recording = Recording(client: client, output: output)
        let code = try recording.run(until: .now + .seconds(seconds), path)
        Console.complain(recording.summary)
        return code
    }

    fileprivate static func connect(_ path: String) throws(CommandFailure) -> UnixClient {
        let client = try DaemonSocket.connect(path, "record")
        do { try client.send(#"{"command":"capture"}"#) } catch { throw DaemonSocket.absent(path, "record") }
        return client
    }

    private static func open(_ file: String) throws(CommandFailure) -> Int32 {
        guard file != "-" else { return STDOUT_FILENO }
        let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .inputOutput, "cellbridge record: \(file) cannot be written (\(LastError.text)): choose another place")
        }
        return descriptor
    }

    /// A recording under way.
    private struct Recording: ~Copyable {
        private var client: UnixClient?
        private let output: Int32
        private let signals = EndSignals()
        private var records = 0
        /// Lost in the daemon: of connections that have ended, and of this one so far.
        private var droppedBefore = 0
        private var dropped = 0
        private var gaps = 0

        init(client: consuming UnixClient, output: Int32) {
            self.client = consume client
            self.output = output
        }

        /// Records until somebody ends it; over a restart of the daemon too, which is what one may be waiting for.
        mutating func run(until end: Instant, _ path: String) throws(CommandFailure) -> ExitCode {
            while Instant.now < end {
                switch client?.next(within: end - .now, interruptedBy: signals.descriptor) {
                case .line(let line): guard try take(line) else { return .good }
                case .interrupted: return .good
                case .silence: continue
                case .ended, nil:
                    if client != nil { loseContact() }
                    guard !signals.wait(RecordCommand.reconnectPause) else { return .good }
                    client = try? RecordCommand.connect(path)
                }
            }
            return .good
        }

        /// What was recorded, and what was not.
        var summary: String {
            let lost = droppedBefore + dropped
            let drops =
                lost == 0 ? "none were lost" : "\(lost) were lost, because this computer did not keep up"
            return "cellbridge record: \(records) records, \(drops)"
                + (gaps == 0 ? "" : "; the daemon was away \(gaps == 1 ? "once" : "\(gaps) times")")
        }

        /// Writes one record; false when nobody reads any more.
        private mutating func take(_ line: [UInt8]) throws(CommandFailure) -> Bool {
            guard let answer = JSONTree(line), let text = answer["line"].string else { return true }
            dropped = Int(answer["dropped"].number ?? 0)
            guard Console.write(Array((text + "\n").utf8), to: output) else {
                if errno == EPIPE { return false }
                throw CommandFailure(
                    .inputOutput, "cellbridge record: the file cannot be written (\(LastError.text)): free some space")
            }
            records += 1
            return true
        }

        private mutating func loseContact() {
            client = nil
            droppedBefore += dropped
            dropped = 0
            gaps += 1
            Console.complain("cellbridge record: the daemon has ended; waiting for it")
        }
    }
}
