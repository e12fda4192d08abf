import Glibc
import Links
import Testing

/// Words that the program does not understand, and help (contract.md 1).
@Suite(.timeLimit(.minutes(6))) struct CommandLineTests {
    /// What a command said and how it ended.
    private struct Said {
        var end: Child.End?
        var output: [String]
        var errors: [String]
    }

    private func say(_ words: [String]) async throws -> Said {
        let loop = try EventLoop(name: "command")
        defer { loop.stop() }
        let child = try await Child.start(words, on: loop)
        let end = await child.end(within: .seconds(10))
        child.signal(SIGKILL)
        _ = await child.end(within: .seconds(10))
        return Said(end: end, output: child.output.all.map(\.text), errors: child.errors.all.map(\.text))
    }

    @Test(arguments: [
        ["nonsense"], ["--nonsense"], ["run", "--nonsense"], ["run", "--state"], ["run", "--set"], ["run", "word"],
        ["run", "--state", "/tmp", "--state", "/tmp"], ["demo", "--packs", "0"], ["demo", "--seconds", "soon"],
        ["demo", "--nonsense"], ["decode"], ["decode", "nonsense"], ["decode", "tinybms", "--nonsense"],
        ["simulate"], ["simulate", "bms"], ["simulate", "bms", "--family"],
        ["simulate", "bms", "--family", "nonsense"],
        ["simulate", "bms", "--family", "tinybms", "--cells", "0"], ["simulate", "gx"], ["simulate", "gx", "--can"],
        ["simulate", "gx", "--can", "nonsense"], ["config"], ["config", "nonsense"], ["config", "set"],
        ["config", "get"],
        ["record"], ["replay"], ["admin"],
    ])
    func `words that are wrong give one line on stderr and exit 64`(words: [String]) async throws {
        let said = try await say(words)
        #expect(said.end == .exited(64))
        #expect(said.errors.count == 1 && said.errors.first?.hasPrefix("cellbridge") ?? false, "\(said.errors)")
        #expect(said.output.isEmpty)
    }

    /// An assignment, and what the refusal must hold: the key, the bound where there is one, the mend.
    static let refused: [(assignment: String, words: [String])] = [
        ("pack.1.max_charge_a=2000", ["pack.1.max_charge_a", "1000 A", "Choose"]),
        ("pack.1.cells=0", ["pack.1.cells", "1 … 48", "Choose"]),
        ("freshness.no_charge_s=60", ["freshness.no_charge_s", "2 … 10", "Choose"]),
        ("freshness.stop_s=5", ["freshness.stop_s", "10 … 60", "Choose"]),
        ("can.link=can0", ["can.link", "socketcan:"]), ("web.tls=maybe", ["web.tls", "auto, off, files"]),
        ("pack.1.chemistry=lead", ["pack.1.chemistry", "lfp, nmc, lto"]),
        ("no.such.key=1", ["no.such.key", "config schema"]), ("nothing", ["nothing", "KEY=VALUE"]),
        ("system.commissioned=true", ["system.commissioned", "set pack.1.link"]),
    ]

    @Test(arguments: refused)
    func `S1 a setting that is out of bounds gives exit 78 with the key, the bound and the mend`(
        assignment: String, words: [String]
    ) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let said = try await say(["run", "--state", folder, "--set", assignment])
        #expect(said.end == .exited(78))
        #expect(said.errors.count == 1)
        for word in words { #expect(said.errors.first?.contains(word) ?? false, "\(said.errors)") }
    }

    @Test func `S1 HOLD above NO-CHARGE, which each bound alone allows, is refused`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let words = ["run", "--state", folder, "--set", "freshness.hold_s=8", "--set", "freshness.no_charge_s=4"]
        let said = try await say(words)
        #expect(said.end == .exited(78) && said.errors.first?.contains("freshness.hold_s") ?? false, "\(said.errors)")
    }

    @Test func `a state folder that cannot be one gives one line and exit 74`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let file = folder + "/file"
        fclose(fopen(file, "w"))
        for path in [file, file + "/state", "/proc/nothing"] {
            let said = try await say(["run", "--state", path])
            #expect(said.end == .exited(74), "\(path)")
            #expect(said.errors.count == 1 && said.errors.first?.contains(path) ?? false, "\(said.errors)")
            #expect(said.errors.first?.contains("--state") ?? false, "the mend")
        }
    }

    @Test func `every command has help, and version and overview are no errors`() async throws {
        let overview = try await say(["--help"])
        #expect(overview.end == .exited(0) && overview.errors.isEmpty)
        let commands = overview.output.filter { $0.hasPrefix("  ") }.compactMap { line in
            line.dropFirst(2).split(separator: "  ").first.map(String.init)
        }
        #expect(commands.count >= 5, "\(overview.output)")
        for command in commands {
            let said = try await say(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(said.end == .exited(0) && said.errors.isEmpty, "\(command)")
            #expect(said.output.first?.hasPrefix("cellbridge \(command)") ?? false, "\(said.output)")
        }
        let version = try await say(["--version"])
        #expect(version.end == .exited(0) && version.output.count == 1)
    }
}

/// `cellbridge demo`: the whole gateway without hardware.
@Suite(.timeLimit(.minutes(6))) struct DemoTests {
    @Test func `within 10 s the GX of the demonstration shows voltage, current, charge and limits`() async throws {
        let loop = try EventLoop(name: "demo")
        defer { loop.stop() }
        let child = try await Child.start(["demo", "--seconds", "10"], on: loop)
        let end = await child.end(within: .seconds(25))
        child.signal(SIGKILL)
        _ = await child.end(within: .seconds(10))
        #expect(end == .exited(0), "\(child.story)")
        let shown = child.output.all.first { line in
            ["GX sees", " V ", " A ", "SOC ", " % ", "CVL ", "CCL ", "DCL "].allSatisfy { line.text.contains($0) }
        }
        let line = try #require(shown, "\(child.output.all.map(\.text))")
        print("demo: after \((line.at - child.spawned).text): \(line.text)")
        #expect(line.at - child.spawned <= .seconds(10))
    }
}

/// `cellbridge simulate bms --pty`: a cable under a stable name.
@Suite(.timeLimit(.minutes(3))) struct SimulatedCableTests {
    /// Else its name would lead to the next pseudo-terminal of that number, which may be anybody's.
    @Test func `a cable that is out has no name, and the next one has it again`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let loop = try EventLoop(name: "cable")
        defer { loop.stop() }
        let words = ["simulate", "bms", "--family", "tinybms", "--pty", folder + "/uart"]
        let child = try await Child.start(words + ["--scenario", "unplug", "--speed", "5"], on: loop)
        let out = await child.errors.first(within: .seconds(20)) { $0.text.contains("unplugged begins") }
        #expect(out != nil)
        #expect(await Self.holds(on: loop) { TemporaryFolder.names(in: folder).isEmpty })
        #expect(await Self.holds(on: loop) { access(folder + "/uart", R_OK) == 0 })
        child.signal(SIGKILL)
        _ = await child.end(within: .seconds(5))
    }

    private static func holds(on loop: EventLoop, _ condition: @escaping @Sendable () -> Bool) async -> Bool {
        let end = Moment.now + .seconds(15)
        while !condition() {
            guard Moment.now < end else { return false }
            try? await LoopClock(loop).sleep(for: .milliseconds(5))
        }
        return true
    }
}
