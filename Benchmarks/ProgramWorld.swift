/// The program itself as a process, between pseudo-terminals.
struct ProgramWorld: Sendable {
    /// Path of the executable.
    let program: String
    /// Folder of its files, made and removed by the caller.
    let folder: String

    /// A pack as the program is told of it: 16 cells of 280 Ah.
    struct Pack: Sendable {
        var path: String
        var family = "tinybms"
    }

    /// Runs `cellbridge run` while a script plays its devices.
    ///
    /// - Parameters:
    ///   - script: what the devices do.
    ///   - seconds: how long they do it at most; then the program is stopped.
    ///   - settings: configuration beside what a pack and a bus need.
    ///   - observe: what is read of the living process meanwhile.
    /// - Returns: the script with its notes, and what was observed.
    /// - Throws: `BenchmarkFailure`, and what `observe` throws.
    func run<Script: DeviceScript, Value: Sendable>(
        _ script: Script, seconds: Double, settings: [String] = [],
        _ observe: (ChildProgram) async throws -> Value
    ) async throws -> (script: Script, observed: Value) {
        let battery = try BareTerminal()
        return try await run(
            script, battery: battery, packs: [Pack(path: battery.path)], seconds: seconds, settings: settings, observe)
    }

    /// Runs `cellbridge run` with packs of which the script plays one at most, and the bus.
    func run<Script: DeviceScript, Value: Sendable>(
        _ script: Script, battery: BareTerminal, packs: [Pack], seconds: Double, settings: [String] = [],
        _ observe: (ChildProgram) async throws -> Value
    ) async throws -> (script: Script, observed: Value) {
        let adapter = try BareTerminal()
        let all =
            packs.enumerated().flatMap { Self.settings(of: $1, number: $0 + 1) }
            + ["can.link=slcan:\(adapter.path)", "system.commissioned=true"] + settings
        let words = ["run", "--state", folder, "--log-level", "error"] + all.flatMap { ["--set", $0] }
        // The devices first: nobody may speak to deaf ones.
        async let played = Devices.play(script, battery: battery, adapter: adapter, seconds: seconds)
        let child = try ChildProgram(program, words)
        defer { child.stop() }
        let observed = try await observe(child)
        return (try await played, observed)
    }

    // MARK: - Private

    private static func settings(of pack: Pack, number: Int) -> [String] {
        [
            "link=\(pack.path)", "family=\(pack.family)", "chemistry=lfp", "cells=16", "capacity_ah=280",
            "max_charge_a=100", "max_discharge_a=150",
        ].map { "pack.\(number).\($0)" }
    }
}
