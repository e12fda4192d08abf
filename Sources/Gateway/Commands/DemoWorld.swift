import Actors
import Battery
import Links
import Simulator
import Synchronization

/// What stands on both sides of the gateway in a demonstration: packs on pseudo-terminals, a GX on another, and the
/// inverter behind it, which drives a current that obeys what the GX believes.
final class DemoWorld: Sendable {
    private let loop: EventLoop
    private let packs: [SimulatedPack]
    private let paths: [String]
    private let canPath: String
    private let gx: SimulatedGX
    private let scenario: Scenario
    private let started: Instant

    private init(
        _ packs: [SimulatedPack], _ paths: [String], canPath: String, gx: SimulatedGX, scenario: Scenario,
        loop: EventLoop
    ) {
        self.packs = packs
        self.paths = paths
        self.canPath = canPath
        self.gx = gx
        self.scenario = scenario
        self.loop = loop
        started = loop.now
    }

    /// Opens the pseudo-terminals and sets everything up; nothing moves yet.
    static func open(packs count: Int, _ setup: SimulatedPack.Setup, _ loop: EventLoop) async throws -> DemoWorld {
        let can = try await Terminal.open(on: loop)
        let gx = SimulatedGX(on: loop, bus: try await can.slcan())
        let inverter = DemoInverter(gx, packs: count, loop: loop)
        var packs: [SimulatedPack] = []
        var paths: [String] = []
        for number in 1...count {
            let terminal = try await Terminal.open(on: loop)
            var own = SimulatedPack.Setup(scenario: setup.scenario.forPack(number), seed: setup.seed &+ UInt64(number))
            own.speed = setup.speed
            own.plant = { terminals, time in inverter.current(terminals, at: time) }
            packs.append(SimulatedPack(own, on: loop, connect: terminal.connect))
            paths.append(terminal.path)
        }
        return DemoWorld(packs, paths, canPath: can.path, gx: gx, scenario: setup.scenario, loop: loop)
    }

    /// The configuration of a gateway that belongs into this world.
    var settings: [String] {
        let parameters = scenario.pack
        var settings = ["can.link=slcan:\(canPath)", "system.commissioned=true"]
        for (index, path) in paths.enumerated() {
            let pack = "pack.\(index + 1)."
            settings += [
                pack + "link=\(path)", pack + "family=tinybms", pack + "chemistry=\(parameters.chemistry.rawValue)",
                pack + "cells=\(parameters.cells)", pack + "capacity_ah=\(parameters.capacity)",
                pack + "max_charge_a=100", pack + "max_discharge_a=150",
            ]
        }
        return settings
    }

    /// What the demonstration shows.
    var heading: String {
        let parameters = scenario.pack
        let size =
            "\(parameters.cells) cells \(parameters.chemistry.rawValue.uppercased()), "
            + "\(parameters.capacity.decimal(0)) Ah"
        return "\(packs.count == 1 ? "A simulated TinyBMS pack" : "\(packs.count) simulated TinyBMS packs") (\(size), "
            + "scenario \"\(scenario.name)\") on \(paths.joined(separator: ", "))\n"
            + "and a simulated GX on \(canPath). Below is what the GX believes, and why. Ctrl-C ends it."
            + (scenario.description.isEmpty ? "" : "\n" + scenario.description) + leftOut
    }

    /// What a demonstration cannot break: the computer that it runs on.
    private var leftOut: String {
        guard !scenario.world.isEmpty else { return "" }
        let faults = scenario.world.map(\.misbehaviour.description).joined(separator: ", ")
        return "\nNot shown here, as it needs a simulated computer: \(faults)."
    }

    /// Lets the world move and draws a line a second.
    func start(picture: @escaping @Sendable () -> GatewayPicture?) {
        for pack in packs { pack.start() }
        gx.start()
        loop.perform { [self] in draw(picture) }
    }

    /// Ends the world.
    func stop() {
        for pack in packs { pack.stop() }
        gx.stop()
    }

    // MARK: - Private

    private func draw(_ picture: @escaping @Sendable () -> GatewayPicture?, isFirst: Bool = true) {
        let lines = DemoLine.lines(gx.belief, picture(), seconds: (loop.now - started).seconds)
        if Console.isTerminal {
            // Redrawn in place for a person, each line cut to the terminal.
            let columns = Console.size.columns
            let cut = lines.map { "\r\u{1B}[2K" + String($0.prefix(columns)) }.joined(separator: "\n")
            Console.write(Array(((isFirst ? "" : "\r\u{1B}[\(lines.count - 1)A") + cut).utf8), to: 1)
        } else {
            Console.print(lines.filter { !$0.isEmpty }.joined(separator: "  "))
        }
        loop.schedule(at: loop.now + .seconds(1)) { [weak self] in self?.draw(picture, isFirst: false) }
    }
}

/// The inverter of a demonstration: sun for a while, then loads.
private final class DemoInverter: Sendable {
    private struct State {
        var plant = GXPlant()
        var stepped: Instant
        var current = 0.0
    }

    /// Surplus of the sun and need of the loads, W a pack, and how long each lasts.
    private static let surplus = 4000.0
    private static let need = -2500.0
    private static let phase = 30.0

    private let gx: SimulatedGX
    private let packs: Int
    private let loop: EventLoop
    private let state: Mutex<State>

    init(_ gx: SimulatedGX, packs: Int, loop: EventLoop) {
        self.gx = gx
        self.packs = packs
        self.loop = loop
        state = Mutex(State(stepped: loop.now))
    }

    /// The current into one of the packs, which share it evenly.
    func current(_ terminals: SimulatedPack.Terminals, at time: Duration) -> Double {
        let now = loop.now
        let belief = gx.belief
        let isSunny = (time.seconds / Self.phase).truncatingRemainder(dividingBy: 2) < 1
        let wanted = (isSunny ? Self.surplus : Self.need) * Double(packs)
        return state.withLock { state in
            let elapsed = now - state.stepped
            // The packs ask one after the other: the plant moves on once for all of them.
            if elapsed >= .milliseconds(20) {
                state.current = state.plant.step(
                    belief: belief, wantedPower: wanted, packVoltage: terminals.voltage, elapsed: elapsed)
                state.stepped = now
            }
            return state.current / Double(packs)
        }
    }
}

/// The live lines of a demonstration: always as many, so that they can be redrawn in place.
enum DemoLine {
    /// What the GX believes, what the gateway decided and why, what is wrong.
    static func lines(_ belief: GXBelief, _ picture: GatewayPicture?, seconds: Double) -> [String] {
        [believed(belief, seconds), decided(picture?.decision), wrong(belief)]
    }

    // MARK: - Private

    private static func believed(_ belief: GXBelief, _ seconds: Double) -> String {
        let time = "\(seconds.decimal(0)) s"
        guard belief.isConnected, let voltage = belief.voltage, let current = belief.current else {
            return "\(time)  GX: \(belief.state.rawValue)"
        }
        return [
            time, "GX sees \"\(belief.name ?? "?")\"", "\(voltage.decimal(2)) V", "\(signed(current)) A",
            "SOC \(number(belief.stateOfCharge, 0)) %", "CVL \(number(belief.chargeVoltageLimit, 1)) V",
            "CCL \(number(belief.chargeCurrentLimit, 1)) A", "DCL \(number(belief.dischargeCurrentLimit, 1)) A",
        ].joined(separator: "  ")
    }

    private static func decided(_ decision: Decision?) -> String {
        guard let decision, decision.stage != .noData else { return "" }
        return
            (["\(decision.mode.rawValue), data \(decision.stage.rawValue)"]
            + [("CCL", decision.chargeCurrent), ("DCL", decision.dischargeCurrent)].compactMap { name, limit in
                guard let reason = limit.contributions.first else { return nil }
                return "\(name) by \(reason.rule.rawValue)" + (reason.evidence.isEmpty ? "" : " (\(reason.evidence))")
            }).joined(separator: "  ")
    }

    private static func wrong(_ belief: GXBelief) -> String {
        let alarms = belief.alarms.isEmpty ? [] : ["ALARM " + list(belief.alarms)]
        let warnings = belief.warnings.isEmpty ? [] : ["warning " + list(belief.warnings)]
        return (alarms + warnings).joined(separator: "  ")
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    private static func number(_ value: Double?, _ places: Int) -> String { value?.decimal(places) ?? "-" }

    private static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + value.decimal(1) }
}
