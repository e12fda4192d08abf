import Glibc
import JSONText
import Links
import Simulator

/// `cellbridge simulate bms`: a byte-exact BMS on a pseudo-terminal or any byte link.
enum SimulateBMSCommand {
    static let packOptions: [Arguments.Option] = [
        .init("--cells", "N", "cells in series, 4…24"),
        .init("--capacity", "AH", "capacity"),
        .init("--soc", "PERCENT", "state of charge at the start"),
        .init("--chemistry", "lfp|nmc|lto", "cell chemistry"),
        .init(
            "--scenario", "FILE|NAME|list|random",
            "what happens to the pack; list shows the names, random draws one from the seed"),
        .init("--seed", "N", "of every random number, so that a run can be repeated"),
        .init("--speed", "X", "how much faster than real time the battery ages"),
    ]

    static let command = Command(
        "simulate bms", "Plays a BMS; without --link it prints the pseudo-terminal that it answers on",
        options: [
            .init("--family", SimulatedFamily.names.joined(separator: "|"), "whose protocol it speaks"),
            .init("--link", "ADDRESS", "byte link to answer on (contract.md 2) instead of a pseudo-terminal"),
            .init("--pty", "PATH", "a link in the file system that leads to the pseudo-terminal while its cable is in"),
            .init("--seconds", "N", "ends after so long"),
            .init("--json", nil, "tells each fault as one JSON line"),
            .init("--pace", nil, "sends its bytes at the speed of its UART even where the link could carry more"),
        ] + packOptions, waitsForSignals: true
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        if ScenarioArgument.lists(arguments) { return ScenarioArgument.list(isJSON: arguments.has("--json")) }
        let known = SimulatedFamily.names.joined(separator: ", ")
        guard let family = arguments.value("--family") else {
            throw CommandFailure.usage("cellbridge simulate bms: --family is missing; there are \(known)")
        }
        guard SimulatedFamily.named(family) != nil else {
            throw CommandFailure.usage(
                "cellbridge simulate bms: family '\(family)' is not simulated; there are \(known)")
        }
        let seconds: Double = try arguments.number("--seconds", in: 0.1...1e9) ?? .infinity
        let loop = try EventLoop(name: "simulator")
        var setup = try setup(arguments, family: family)
        setup.scenario = setup.scenario.forPack(1)
        if arguments.has("--pace") { setup.pacing = .baud(setup.bms.baudRate) }
        let isJSON = arguments.has("--json")
        setup.onFault = { report in tell(report, isJSON: isJSON) }
        let pack = try await pack(setup, arguments, loop)
        pack.start()
        await Interruption.wait(seconds: seconds, loop: loop)
        pack.stop()
        return .good
    }

    /// The simulated pack that the options describe.
    static func setup(
        _ arguments: Arguments, family: String = "tinybms"
    ) throws(CommandFailure) -> SimulatedPack.Setup {
        let seed: UInt64 = try arguments.number("--seed", in: 0...UInt64.max) ?? 1
        var scenario = try ScenarioArgument.read(arguments.value("--scenario") ?? "healthy", seed: seed)
        var parameters: [String: String] = [:]
        parameters["cells"] = arguments.value("--cells")
        parameters["capacity_ah"] = arguments.value("--capacity")
        parameters["soc_percent"] = arguments.value("--soc")
        parameters["chemistry"] = arguments.value("--chemistry")
        do {
            scenario = try scenario.overriding(parameters)
        } catch {
            throw .usage("cellbridge simulate: \(error.description)")
        }
        guard var setup = SimulatedPack.Setup(scenario: scenario, family: family, seed: seed) else {
            throw .usage("cellbridge simulate: family '\(family)' is not simulated")
        }
        setup.speed = try arguments.number("--speed", in: 0.001...100_000) ?? 1
        return setup
    }

    private static func pack(
        _ setup: SimulatedPack.Setup, _ arguments: Arguments, _ loop: EventLoop
    ) async throws -> SimulatedPack {
        guard let address = arguments.value("--link") else {
            let terminal = try await Terminal.open(on: loop, name: arguments.value("--pty"))
            Console.print(terminal.path)
            return SimulatedPack(setup, on: loop, connect: terminal.connect)
        }
        let parsed = try Failure.usage { () throws(LinkError) in try LinkAddress.byteLink(address) }
        // Tried once here, so that a wrong address is told at once and not once a second.
        let first = try await Failure.inputOutput { () async throws(LinkError) in
            try await LinkOpener.openByteLink(parsed, defaultBaud: setup.bms.baudRate, loop: loop)
        }
        await loop.run { first.close() }
        return SimulatedPack(setup, on: loop) { [baudRate = setup.bms.baudRate] () async throws(LinkError) in
            try await LinkOpener.openByteLink(parsed, defaultBaud: baudRate, loop: loop)
        }
    }

    private static func tell(_ report: SimulatedPack.FaultReport, isJSON: Bool) {
        let seconds = report.time / .seconds(1)
        let name = report.misbehaviour.kind.rawValue
        guard isJSON else {
            return Console.complain("\(seconds) s: \(name) \(report.begins ? "begins" : "ends")")
        }
        let line: JSONValue = ["time_s": .number(seconds), "fault": .string(name), "begins": .bool(report.begins)]
        Console.print(line.text)
    }
}
