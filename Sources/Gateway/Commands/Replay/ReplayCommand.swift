import Actors
import Configuration
import Links
import Synchronization
import Wiring

/// `cellbridge replay FILE`: the gateway in a recording, and what it would have sent.
enum ReplayCommand {
    static let command = Command(
        "replay", "Runs the gateway from a recording and prints what it would have sent; - is standard input",
        positional: ["FILE"],
        options: [
            ConfigCommands.state,
            .init("--set", "NS.KEY=VALUE", "a setting for this run, over the stored ones", repeats: true),
            .init("--speed", "X", "X times as fast as it was recorded (default: as fast as it can)"),
            .init("--events", nil, "tells on stderr what the gateway would have logged"),
        ]
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        let name = try arguments.required(0, "the recording")
        let speed: Double? = try arguments.number("--speed", in: 0.01...100_000)
        let records = try CaptureText.records(try FileText.require(name), name: name)
        let isRead = Atomic(true)
        let world = try ReplayWorld(records, try await configuration(arguments)) { record in
            if !Console.print(record.line) { isRead.store(false, ordering: .relaxed) }
        }
        let start = Instant.now
        let outcome = world.run { passed in
            if let speed { wait(until: start + passed / speed) }
            return isRead.load(ordering: .relaxed)
        }
        if arguments.has("--events") {
            for event in outcome.events { Console.complain("\(event.level) \(event.name): \(event.sentence)") }
        }
        for (index, statistics) in world.statistics.enumerated() {
            Console.complain(
                "cellbridge replay: pack \(index + 1): \(statistics.asked) requests, "
                    + "\(statistics.matched) known to the recording")
        }
        let comparison = ReplayComparison(sent: outcome.sent, recorded: records)
        Console.complain("cellbridge replay: " + comparison.summary)
        return .good
    }

    /// What is stored, with the environment and `--set` over it.
    private static func configuration(_ arguments: Arguments) async throws -> GatewayConfiguration {
        let session = try await ConfigSession.open(arguments, "replay", for: .reading)
        do throws(ConfigurationRefusal) {
            let overrides = try ConfigurationOverrides(
                environment: Environment.all, assignments: arguments.all("--set"))
            return try ConfigurationRules.gateway.require(overrides.applied(to: session.state.stored))
        } catch {
            throw CommandFailure(.configuration, ConfigSession.prefixed(error.problems.map(\.sentence)))
        }
    }

    /// Sleeps; a command of its own process may.
    private static func wait(until instant: Instant) {
        let left = Instant.now.duration(to: instant)
        if left > .zero { _ = EndSignals.none.wait(left) }
    }
}
