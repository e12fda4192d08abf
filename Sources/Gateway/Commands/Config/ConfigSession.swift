import Actors
import Configuration
import Glibc
import JSONText
import Log
import Storage
import Wiring

/// The configuration of a state folder as one command has it open.
///
/// A running daemon shares the file; it is told of a change on its socket, so that the change takes effect at once.
struct ConfigSession {
    let manager: ConfigManager
    let state: ConfigurationState
    /// What is wrong with what is stored.
    let problems: [String]
    private let folder: String
    private let command: String

    /// What became of a change.
    enum Delivery: String {
        /// The running daemon uses it.
        case applied
        /// Nobody uses it before the next start.
        case stored
    }

    /// Opens the configuration that the options name, without the overrides of this shell: they are not the daemon's.
    ///
    /// - Throws: a command failure.
    static func open(
        _ arguments: Arguments, _ command: String, for purpose: ConfigManager.Purpose
    ) async throws(CommandFailure) -> ConfigSession {
        let folder = Environment.stateFolder(arguments)
        if purpose == .changing {
            try RunCommand.makeFolder(folder)
            StateOwner.become(folder)
            // Damage is mended by moving files, which a daemon that has them open must do itself.
            let socket = DaemonSocket.path(state: folder)
            if try DaemonSocket.ask(["command": "status"], at: socket, command) != nil {
                _ = try await open(arguments, command, for: .reading)
            }
        }
        do {
            let manager = ConfigManager(
                folder: folder, executor: try StorageThread(), rules: .gateway,
                wallClock: { LogClock.system.wall().milliseconds })
            let start = try await manager.open(for: purpose)
            if purpose == .changing, !start.isWritable {
                throw CommandFailure(
                    .inputOutput, "cellbridge \(command): \(folder) cannot be written: \(start.notices.first ?? "")")
            }
            return ConfigSession(
                manager: manager, state: start.state, problems: start.notices, folder: folder, command: command)
        } catch let error as CommandFailure {
            throw error
        } catch let error as ConfigError {
            throw failure(error, command)
        } catch {
            throw CommandFailure(.inputOutput, "cellbridge \(command): \(error)")
        }
    }

    /// The environment's values of this shell, shown by `list` and `get`.
    static func environment() throws(CommandFailure) -> ConfigurationOverrides {
        do { return try ConfigurationOverrides(environment: Environment.all) } catch {
            throw CommandFailure(.configuration, prefixed(error.problems.map(\.sentence)))
        }
    }

    /// Runs a call on the configuration; `refusal` is the code to leave with where the configuration says no.
    func attempt<Value: Sendable>(
        refusal: ExitCode = .configuration, _ body: (ConfigManager) async throws(ConfigError) -> Value
    ) async throws(CommandFailure) -> Value {
        do { return try await body(manager) } catch { throw Self.failure(error, command, refusal: refusal) }
    }

    /// Tells the running daemon.
    ///
    /// - Throws: a command failure when one runs and does not take the change up; it is stored all the same.
    func deliver() throws(CommandFailure) -> Delivery {
        let socket = DaemonSocket.path(state: folder)
        return try DaemonSocket.ask(["command": "refresh"], at: socket, command) == nil ? .stored : .applied
    }

    /// Whom history names.
    static var author: String {
        if let caller = Environment.all["SUDO_USER"], !caller.isEmpty { return "cli:" + caller }
        guard let entry = unsafe getpwuid(getuid()), let name = unsafe entry.pointee.pw_name else {
            return "cli:uid-\(getuid())"
        }
        return unsafe "cli:" + String(cString: name)
    }

    // MARK: - Failures

    /// The end of a command for an error of the configuration: one line each.
    static func failure(
        _ error: ConfigError, _ command: String, refusal code: ExitCode = .configuration
    ) -> CommandFailure {
        switch error {
        case .refused(let refusal): CommandFailure(code, prefixed(refusal.problems.map(\.sentence)))
        case .storage(.unknownGeneration(let number)):
            .usage("cellbridge \(command): generation \(number) is not kept; see cellbridge config history")
        case .storage(let error):
            CommandFailure(.inputOutput, "cellbridge \(command): nothing was changed: \(error)\(mend(error))")
        case .notOpen: CommandFailure(.internalError, "cellbridge \(command): \(error)")
        }
    }

    /// Sentences as lines of one complaint.
    static func prefixed(_ sentences: [String]) -> String {
        sentences.map { "cellbridge: " + $0 }.joined(separator: "\n")
    }

    private static func mend(_ error: StorageError) -> String {
        switch error.kind {
        case .full: ": free some space"
        case .readOnly: ": run this as the owner of the state folder, or with sudo"
        case .busy: ": another program is writing, try again"
        default: ""
        }
    }
}

/// Who a command acts as.
enum StateOwner {
    /// As root, becomes the owner of the state folder, so that the daemon can read what the command leaves there.
    static func become(_ folder: String) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0, status.st_uid != 0 else { return }
        _ = setegid(status.st_gid)
        _ = seteuid(status.st_uid)
    }
}
