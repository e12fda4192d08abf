import Battery
import JSONText
import SimulatedWorld
import Simulator

/// `cellbridge simulate scenarios`: what the gateway makes of each scenario, in simulated worlds on virtual time.
enum SimulateScenariosCommand {
    static let command = Command(
        "simulate scenarios", "Runs scenarios in simulated worlds and tells what an inverter and a user would see",
        positional: ["[NAME …]"], takesMore: true,
        options: [
            .init("--family", "NAME", "make of the packs (default tinybms)"),
            .init("--json", nil, "one JSON object a scenario"),
            .init("--markdown", nil, "the page docs/failure-modes.md"),
        ]
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        var scenarios = Scenario.library
        if !arguments.positional.isEmpty {
            scenarios = try arguments.positional.map { name throws(CommandFailure) in
                try ScenarioArgument.read(name, seed: 1)
            }
        }
        let family = arguments.value("--family") ?? Make.readByChecker
        guard SimulatedFamily.names.contains(family) else {
            throw CommandFailure.usage("cellbridge simulate scenarios: no family \(family) is simulated")
        }
        let outcomes = try await StoryBook.outcomes(of: scenarios.map { Story($0, family: family) })
        if arguments.has("--markdown") {
            let families = arguments.positional.isEmpty ? try await StoryBook.outcomes(of: Story.acrossFamilies) : []
            Console.print(String(FailureModesDocument.markdown(outcomes, families: families).dropLast()))
            return .good
        }
        for outcome in outcomes { Console.print(arguments.has("--json") ? json(outcome).text : text(outcome)) }
        return .good
    }

    // MARK: - Private

    private static func text(_ outcome: StoryOutcome) -> String {
        let scenario = outcome.story.scenario
        var lines = ["\(scenario.name): \(scenario.title)"]
        lines.append("  seen after \(outcome.seenAfter.map { "\($0.decimal(1)) s" } ?? "-")")
        for moment in outcome.limits {
            let values = moment.limits.map {
                "CVL \($0.chargeVoltage.decimal(1)) V, CCL \($0.chargeCurrent.decimal(1)) A, "
                    + "DCL \($0.dischargeCurrent.decimal(1)) A"
            }
            lines.append("  +\(moment.after.decimal(0)) s: \(values ?? "silent")")
        }
        if !outcome.alarms.isEmpty { lines.append("  alarms: " + outcome.alarms.joined(separator: ", ")) }
        if !outcome.warnings.isEmpty { lines.append("  warnings: " + outcome.warnings.joined(separator: ", ")) }
        for line in outcome.sentences.prefix(30) { lines.append("  \(line.at.decimal(1)) s: \(line.value.text)") }
        lines.append(
            "  back after \(outcome.backAfter.map { "\($0.decimal(1)) s" } ?? (outcome.staysWorse ? "never" : "-"))")
        return lines.joined(separator: "\n")
    }

    private static func json(_ outcome: StoryOutcome) -> JSONValue {
        let limits = outcome.limits.map { moment -> JSONValue in
            [
                "after_s": .number(moment.after), "cvl_v": .init(moment.limits?.chargeVoltage),
                "ccl_a": .init(moment.limits?.chargeCurrent), "dcl_a": .init(moment.limits?.dischargeCurrent),
            ]
        }
        let sentences = outcome.sentences.map { line -> JSONValue in
            ["after_s": .number(line.at), "event": .string(line.value.event), "text": .string(line.value.text)]
        }
        return [
            "name": .string(outcome.story.scenario.name), "seen_after_s": .init(outcome.seenAfter),
            "limits": .array(limits), "alarms": .array(outcome.alarms.map { .string($0) }),
            "warnings": .array(outcome.warnings.map { .string($0) }), "sentences": .array(sentences),
            "back_after_s": .init(outcome.backAfter), "stays_worse": .bool(outcome.staysWorse),
            "was_silent": .bool(outcome.wasSilent),
        ]
    }
}
