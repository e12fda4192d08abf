/// The program itself as a process, between two pseudo-terminals.
struct ProgramWorld: Sendable {
    /// Path of the executable.
    let program: String
    /// Folder of its files, made and removed by the caller.
    let folder: String

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
        let (battery, adapter) = (try BareTerminal(), try BareTerminal())
        let all =
            [
                "pack.1.link=\(battery.path)", "pack.1.family=tinybms", "pack.1.chemistry=lfp", "pack.1.cells=16",
                "pack.1.capacity_ah=280", "pack.1.max_charge_a=100", "pack.1.max_discharge_a=150",
                "can.link=slcan:\(adapter.path)", "system.commissioned=true",
            ] + settings
        let words = ["run", "--state", folder, "--log-level", "error"] + all.flatMap { ["--set", $0] }
        // The devices first: nobody may speak to deaf ones.
        async let played = Devices.play(script, battery: battery, adapter: adapter, seconds: seconds)
        let child = try ChildProgram(program, words)
        defer { child.stop() }
        let observed = try await observe(child)
        return (try await played, observed)
    }
}
