import BMSProtocols
import Battery
import JSONText
import Links

/// `cellbridge detect`: which BMS answers on which port (contract.md 1).
enum DetectCommand {
    static let command = Command(
        "detect", "Finds which BMS answers on which serial port; it only reads",
        options: [
            .init("--port", "ADDRESS", "a port to look at, all by default: a path or a byte link", repeats: true),
            .init("--family", "NAME", "asks for this family alone, also one whose question is a write (jk-pb)"),
            .init("--json", nil, "prints an array of port, family, serial, model and baud"),
        ]
    ) { arguments in try await run(arguments) }

    /// One port and who answered on it.
    private struct Finding {
        var port: String
        var found: FamilyFinder.Found?
        var problem: String?
    }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        let families = try families(arguments.value("--family"))
        let named = arguments.all("--port")
        let ports = named.isEmpty ? SerialPorts.list().map(\.preferredName) : named
        for port in ports {
            _ = try Failure.usage { () throws(LinkError) in try LinkAddress.byteLink(port) }
        }
        let loop = try EventLoop(name: "detect")
        defer { loop.stop() }
        // At once: no port waits for another.
        let findings = await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, port) in ports.enumerated() {
                group.addTask { (index, await look(port, families, loop)) }
            }
            var findings = [Finding?](repeating: nil, count: ports.count)
            for await (index, finding) in group { findings[index] = finding }
            return findings.compactMap(\.self)
        }
        for finding in findings { if let link = finding.found?.link { await loop.run { link.close() } } }
        if arguments.has("--json") {
            Console.print(JSONValue.array(findings.map(json)).text)
        } else {
            show(findings)
        }
        return .good
    }

    private static func families(_ name: String?) throws(CommandFailure) -> [SpokenFamily] {
        guard let name else { return SpokenFamily.all }
        guard var family = SpokenFamily.named(name) else {
            let known = SpokenFamily.all.map(\.name).joined(separator: ", ")
            throw .usage("cellbridge detect: family '\(name)' is not spoken; known are \(known)")
        }
        // Whoever names it has dedicated the port to it.
        family.isSafeToTry = true
        return [family]
    }

    /// Two rounds: the first may only have woken a BMS that slept.
    private static func look(_ port: String, _ families: [SpokenFamily], _ loop: EventLoop) async -> Finding {
        await withTaskExecutorPreference(loop.taskExecutor) {
            do throws(LinkError) {
                let address = try LinkAddress.byteLink(port)
                let finder = FamilyFinder(families, on: loop) { baudRate throws(LinkError) in
                    try await LinkOpener.openByteLink(address, defaultBaud: baudRate, loop: loop)
                }
                if let found = try await finder.search() { return Finding(port: port, found: found) }
                return Finding(port: port, found: try await finder.search())
            } catch {
                return Finding(port: port, problem: error.description)
            }
        }
    }

    private static func json(_ finding: Finding) -> JSONValue {
        let found = finding.found
        return [
            "port": .string(finding.port), "family": .init(found?.family.name), "serial": .init(found?.identity.serial),
            "model": .init(found.map { $0.family.model(of: $0.identity) }), "baud": .init(found?.family.baudRate),
            "problem": .init(finding.problem),
        ]
    }

    private static func show(_ findings: [Finding]) {
        guard !findings.isEmpty else {
            return Console.complain("no serial port is there: plug the adapter in, then ls /dev/serial/by-id")
        }
        let rows = findings.map { finding in
            guard let found = finding.found else { return [finding.port, finding.problem ?? "no BMS answers"] }
            return [
                finding.port, found.family.model(of: found.identity), "family \(found.family.name)",
                found.identity.serial.map { "serial \($0)" } ?? "no serial number", "\(found.family.baudRate) baud",
            ]
        }
        for line in Table.lines(rows) { Console.print(line) }
    }
}
