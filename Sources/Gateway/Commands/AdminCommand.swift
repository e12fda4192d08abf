import API
import Access
import Actors
import Configuration
import JSONText

/// `cellbridge admin …`: local administration, of a running daemon or of its state folder; needs the right to write there.
enum AdminCommand {
    static let all = [acknowledge, setupCode, resetPassword, fingerprint]

    private static let acknowledge = Command(
        "admin acknowledge", "Tells the running daemon that its latched faults, or a second sender, have been seen",
        options: [ConfigCommands.state]
    ) { arguments in
        let path = DaemonSocket.path(state: Environment.stateFolder(arguments))
        guard try DaemonSocket.ask(["command": "acknowledge"], at: path, "admin acknowledge") != nil else {
            throw DaemonSocket.absent(path, "admin acknowledge")
        }
        Console.print("Acknowledged: a fault is let go as soon as its cause is over.")
        return .good
    }

    private static let setupCode = Command(
        "admin setup-code", "Prints the code that claims an unclaimed device on its page",
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let command = "admin setup-code"
        let session = try await ConfigSession.open(arguments, command, for: .changing)
        var random = SystemRandomNumberGenerator()
        let code = try await stored(command) {
            try await AccessAdministration.setupCode(StoredAccess(session.manager), using: &random)
        }
        guard let code else {
            throw CommandFailure(
                .configuration,
                "cellbridge \(command): this device is claimed, so that it has no setup code: log in, or make it unclaimed "
                    + "with cellbridge admin reset-password")
        }
        try tell(arguments, command)
        show(code, arguments)
        return .good
    }

    private static let resetPassword = Command(
        "admin reset-password",
        "Makes the device unclaimed: password, API tokens and sessions end; prints the setup code that claims it",
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let command = "admin reset-password"
        let session = try await ConfigSession.open(arguments, command, for: .changing)
        var random = SystemRandomNumberGenerator()
        let code = try await stored(command) {
            try await AccessAdministration.reset(StoredAccess(session.manager), using: &random)
        }
        // The code first: it holds, whatever the daemon says.
        show(code, arguments)
        try tell(arguments, command)
        return .good
    }

    private static let fingerprint = Command(
        "admin fingerprint", "Prints the SHA-256 fingerprint of the web server's certificate, which is made if need be",
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let command = "admin fingerprint"
        let session = try await ConfigSession.open(arguments, command, for: .changing)
        let web = session.state.configuration.web
        guard web.encryption != .off else {
            throw CommandFailure(
                .configuration,
                "cellbridge \(command): web.tls is off, so that no certificate is served: set it to auto")
        }
        do throws(CertificateError) {
            let found = try CertificateStore(state: Environment.stateFolder(arguments)).open(
                CertificateStore.Source(web), name: web.hostName ?? LocalNames.host, addresses: LocalNames.addresses)
            if let fault = found.replaced {
                Console.complain("cellbridge \(command): the old certificate gave way to a new one: \(fault)")
            }
            let fingerprint = found.certificate.fingerprint
            Console.print(
                arguments.has("--json")
                    ? JSONValue.object([.init("fingerprint_sha256", .string(fingerprint))]).text : fingerprint)
        } catch {
            throw CommandFailure(.inputOutput, "cellbridge \(command): \(error)")
        }
        return .good
    }

    // MARK: - Private

    private static func show(_ code: SetupCode, _ arguments: Arguments) {
        Console.print(
            arguments.has("--json") ? JSONValue.object([.init("setup_code", .string(code.text))]).text : code.text)
    }

    /// Has a running daemon read the change.
    private static func tell(_ arguments: Arguments, _ command: String) throws(CommandFailure) {
        let path = DaemonSocket.path(state: Environment.stateFolder(arguments))
        _ = try DaemonSocket.ask(["command": "access"], at: path, command)
    }

    /// Runs a call on what is stored.
    private static func stored<Value>(
        _ command: String, _ body: () async throws -> Value
    ) async throws(CommandFailure) -> Value {
        do { return try await body() } catch let error as ConfigError {
            throw ConfigSession.failure(error, command)
        } catch {
            throw CommandFailure(.configuration, "cellbridge \(command): \(error)")
        }
    }
}
