import Configuration
import JSONText
import Links

/// `cellbridge doctor`: looks at everything that the gateway needs, and names the mend. Looks only: nothing is written to a
/// BMS, set on a bus or changed on the disk.
enum DoctorCommand {
    static let command = Command(
        "doctor", "Checks ports, rights, CAN, clock, disk, database and configuration; one line each with the mend",
        options: [ConfigCommands.state, ConfigCommands.json]
    ) { arguments in
        let findings = await examine(Environment.stateFolder(arguments))
        if arguments.has("--json") {
            let answer: JSONValue = [
                "ok": .bool(findings.exitCode == .good), "checks": .array(findings.map(\.json)),
            ]
            Console.print(answer.text)
        } else {
            let width = findings.map(\.check.count).max() ?? 0
            let isColoured = Console.isTerminal && (Environment.all["NO_COLOR"].map(\.isEmpty) ?? true)
            for finding in findings {
                Console.print(finding.line(width: width).rendered(width: 10_000, isColoured: isColoured))
            }
            Console.print(findings.summary)
        }
        return findings.exitCode
    }

    /// All findings, in the order in which one would look.
    private static func examine(_ state: String) async -> [Finding] {
        let (storage, configuration) = await StateChecks.examine(state)
        let daemon = DaemonChecks.ask(state)
        var findings = storage + configuration.findings
        findings += SerialChecks.findings(configuration.serialPaths)
        findings += BusChecks.interfaces()
        findings += await LinkChecks.findings(configuration.value, daemon.status)
        findings += SystemChecks.clock() + SystemChecks.disk(state)
        findings += daemon.findings + SystemChecks.unit(isAnswering: daemon.status != nil)
        return findings
    }
}
