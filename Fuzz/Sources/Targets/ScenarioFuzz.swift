import Links
import Simulator

/// Scenario files: what loads writes a text that loads as the same, and can be simulated.
enum ScenarioFuzz {
    static func run(_ bytes: [UInt8]) {
        let scenario: Scenario
        do throws(ScenarioError) { scenario = try Scenario.load(text: String(decoding: bytes, as: UTF8.self)) } catch {
            return require(!error.description.isEmpty, "a refusal without a sentence")
        }
        let again = try? Scenario.load(text: scenario.json)
        require(again == scenario, "\(scenario) becomes \(scenario.json)")

        let loop = VirtualLoop(origin: origin)
        var setup = SimulatedPack.Setup(scenario: scenario)
        setup.speed = 100
        let pack = SimulatedPack(setup, on: loop)
        pack.start()
        loop.run(for: .seconds(1))
        let terminals = pack.terminals
        require(
            terminals.voltage.isFinite && terminals.current.isFinite && terminals.stateOfCharge.isFinite,
            "\(terminals) of \(scenario.json)")
        pack.stop()
        loop.run(for: .seconds(1))
    }

    private static let origin = Instant.now
}
