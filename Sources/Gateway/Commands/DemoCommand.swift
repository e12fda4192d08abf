import Access
import Actors
import Configuration
import Glibc
import Links
import Log
import Simulator
import WebServer
import Wiring

/// `cellbridge demo`: the whole gateway against simulated packs and a simulated GX over pseudo-terminals, with the real
/// codecs on both sides.
enum DemoCommand {
    static let command = Command(
        "demo", "Shows the gateway at work without hardware, until Ctrl-C",
        options: [
            .init("--packs", "N", "simulated packs, 1…16; as many as the scenario has where it is not given"),
            .init("--seconds", "N", "ends after so long"),
            .init("--verbose", nil, "shows the gateway's log too"),
            .init(
                "--http", "HOST:PORT",
                "address of the web server (127.0.0.1:8080, or a free port where that is taken)"),
        ] + SimulateBMSCommand.packOptions, waitsForSignals: true
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        if ScenarioArgument.lists(arguments) { return ScenarioArgument.list(isJSON: false) }
        let setup = try SimulateBMSCommand.setup(arguments)
        let count: Int = try arguments.number("--packs", in: 1...16) ?? setup.scenario.packs
        let seconds: Double = try arguments.number("--seconds", in: 1...1e9) ?? .infinity
        let pages = try web(arguments)
        let state = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(state) }
        let loop = try EventLoop(name: "world")
        let world = try await DemoWorld.open(packs: count, setup, loop)
        let daemon = try Daemon(
            .init(
                state: state, settings: world.settings + pages, logFormat: .text,
                logLevel: arguments.has("--verbose") ? .info : .error))
        Console.print(world.heading)
        daemon.onListening.store { address in
            Task { await tell(address, daemon) }  // ends by itself, once the code is read
        }
        // As if somebody had pressed Ctrl-C.
        if seconds.isFinite { loop.schedule(at: loop.now + .seconds(seconds)) { kill(getpid(), SIGINT) } }
        let code = try await daemon.run { path in world.start { path.picture.value } }
        world.stop()
        Console.print((Console.isTerminal ? "\n" : "") + "The demonstration is over; nothing was stored.")
        return code
    }

    // MARK: - The page

    /// Where the demonstration's page is: on this computer alone, unless somebody asks for more.
    private static func web(_ arguments: Arguments) throws(CommandFailure) -> [String] {
        let given = arguments.value("--http")
        // The gateway would try again and again; a demonstration without its page is none.
        if let given, let wanted = try? ListenAddress(given), !wanted.isFree {
            throw CommandFailure(
                .unavailable, "cellbridge: nothing can listen on \(given), it may be taken: choose another with --http")
        }
        // Who did not ask for an address only wants to see a page: any port does.
        let isUsualFree = ListenAddress.address(host: "127.0.0.1", port: 8080).isFree
        let address = given ?? (isUsualFree ? "127.0.0.1:8080" : "127.0.0.1:0")
        let isLocal = WebAddress(address)?.isLoopback ?? true
        return ["web.listen=" + address, "web.tls=" + (isLocal ? "off" : "auto")]
    }

    /// Says where the page is, and what claims it.
    private static func tell(_ address: String, _ daemon: Daemon) async {
        var random = SystemRandomNumberGenerator()
        let code = try? await AccessAdministration.setupCode(StoredAccess(daemon.gateway.manager), using: &random)
        Console.print(
            "The page is \(address)" + (code.map { ", its setup code \($0.text)" } ?? "") + "\n")
    }
}

/// A folder in `/tmp` that goes with its maker.
enum TemporaryFolder {
    /// Makes one that nobody else may enter.
    static func make() throws(CommandFailure) -> String {
        var template = Array("/tmp/cellbridge-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw CommandFailure(.inputOutput, "cellbridge: no folder can be made in /tmp (\(LastError.text))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with all that is in it.
    static func remove(_ folder: String) {
        if let directory = unsafe opendir(folder) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let path = folder + "/" + name
                // A folder refuses to be unlinked; then it is one.
                if unsafe unlink(path) != 0 { remove(path) }
            }
            unsafe closedir(directory)
        }
        _ = unsafe rmdir(folder)
    }
}
