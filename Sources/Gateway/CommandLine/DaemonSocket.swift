import Actors
import CLinux
import Glibc
import JSONText
import Links

/// The socket of a running daemon, as the commands find it.
enum DaemonSocket {
    /// Where the daemon of a state folder listens.
    static func path(state: String) -> String { state + "/" + LocalControl.socketName }

    /// Where the options say that the daemon listens: `--url unix:PATH`, else the state folder's socket.
    static func path(_ arguments: Arguments, _ command: String) throws(CommandFailure) -> String {
        guard let url = arguments.value("--url") else { return path(state: Environment.stateFolder(arguments)) }
        if url.hasPrefix("unix:"), url.count > 5 { return String(url.dropFirst(5)) }
        guard url.hasPrefix("http:") || url.hasPrefix("https:") else {
            throw .usage("cellbridge \(command): --url \(url) is no address; write unix:PATH")
        }
        throw CommandFailure(
            .unavailable,
            "cellbridge \(command): this version follows a daemon on its own computer only, not \(url): write --state DIR or "
                + "--url unix:PATH there; from elsewhere open its page, or GET /api/status with an API token")
    }

    /// Connects.
    ///
    /// - Throws: a command failure in one line, with the mend.
    static func connect(_ path: String, _ command: String) throws(CommandFailure) -> UnixClient {
        do { return try UnixClient(path: path) } catch { throw failure(error, path, command) }
    }

    /// Asks one thing.
    ///
    /// - Returns: what the daemon answers; nil when none runs there.
    /// - Throws: a command failure when it does not answer or refuses.
    static func ask(_ request: JSONValue, at path: String, _ command: String) throws(CommandFailure) -> JSONTree? {
        var client: UnixClient
        do { client = try UnixClient(path: path) } catch {
            if case .missing = error { return nil }
            throw failure(error, path, command)
        }
        do { try client.send(request.text) } catch { throw failure(error, path, command) }
        guard case .line(let line) = client.next(within: .seconds(5)), let answer = JSONTree(line) else {
            throw CommandFailure(
                .unavailable, "cellbridge \(command): the daemon at \(path) does not answer: see its log")
        }
        guard answer["ok"].bool == true else {
            let reason = answer["error"].string ?? "it gives no reason"
            throw CommandFailure(.configuration, "cellbridge \(command): the running daemon refuses: \(reason)")
        }
        return answer
    }

    /// No daemon runs there: what to do.
    static func absent(_ path: String, _ command: String) -> CommandFailure {
        let service = "/var/lib/cellbridge"
        let isElsewhere = unsafe !path.hasPrefix(service) && access(service, F_OK) == 0
        let mend =
            isElsewhere
            ? "choose its state folder, such as --state \(service)"
            : "start one (cellbridge run), or choose its state folder with --state"
        return CommandFailure(.unavailable, "cellbridge \(command): no daemon answers at \(path): \(mend)")
    }

    // MARK: - Private

    private static func failure(_ error: LinkError, _ path: String, _ command: String) -> CommandFailure {
        switch error {
        case .missing: absent(path, command)
        case .forbidden:
            CommandFailure(
                .unavailable,
                "cellbridge \(command): \(path) may not be opened by this user: run this as the owner of the state "
                    + "folder, or with sudo")
        default: CommandFailure(.unavailable, "cellbridge \(command): \(error)")
        }
    }
}

/// A descriptor that becomes readable when somebody wants the command to end: SIGINT or SIGTERM, which every thread
/// blocks (`Command.waitsForSignals`).
struct EndSignals: Sendable {
    /// Readable from the first signal on; lives as long as the process.
    let descriptor: Int32?

    init() {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGINT)
        unsafe sigaddset(&mask, SIGTERM)
        let number = unsafe signalfd(-1, &mask, cellbridge_signal_flags)
        descriptor = number < 0 ? nil : number
    }

    private init(descriptor: Int32?) { self.descriptor = descriptor }

    /// For a command that any signal ends as usual.
    static let none = EndSignals(descriptor: nil)

    /// Waits without anything to read.
    ///
    /// - Returns: whether somebody wants the command to end.
    func wait(_ time: Duration) -> Bool {
        let milliseconds = Int32(max(0, min((time / .milliseconds(1)).rounded(.up), 1e9)))
        guard let descriptor else {
            usleep(UInt32(milliseconds) * 1000)
            return false
        }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, milliseconds) > 0
    }
}
