import Battery
import Links
import Simulator

/// The other side of the inverter: sun and loads, and a charger that obeys what the GX believes.
///
/// `@unchecked Sendable`: touched on the loop of the world alone.
final class Household: @unchecked Sendable {
    /// Power from a moment on: surplus of the sun, or, negative, need of the loads.
    struct Step: Sendable, Hashable {
        /// s since the world began.
        var at: Double
        var watts: Double
    }

    private let loop: any Loop
    private let origin: Instant
    private let steps: [Step]
    private let capacities: [Double]
    private let total: Double
    private let bus: MemoryBus
    private var gx: SimulatedGX?
    private var absences = 0
    private var plant = GXPlant()
    private var stepped: Instant
    private var present = 0

    /// The plant follows its GX in steps of this length.
    private static let period: Duration = .milliseconds(400)

    init(steps: [Step], capacities: [Double], bus: MemoryBus, loop: any Loop) {
        self.steps = steps
        self.capacities = capacities
        total = max(1, capacities.reduce(0, +))
        self.bus = bus
        self.loop = loop
        origin = loop.now
        stepped = origin
    }

    /// The GX is switched on, unless something else keeps it away.
    func bringGX() {
        absences -= 1
        guard absences <= 0, gx == nil else { return }
        let started = SimulatedGX(on: loop, bus: bus.attach(name: "gx"))
        started.start()
        gx = started
    }

    /// The GX is switched off.
    func takeGX() {
        absences += 1
        gx?.stop()
        gx = nil
    }

    /// Current that the plant sends into a pack, A, positive while charging; the packs share it by capacity.
    func current(into pack: Int, _ terminals: SimulatedPack.Terminals) -> Double {
        let now = loop.now
        let elapsed = now - stepped
        if elapsed >= Self.period {
            stepped = now
            guard let gx else { return 0 }
            _ = plant.step(
                belief: gx.belief, wantedPower: watts((now - origin).seconds), packVoltage: terminals.voltage,
                elapsed: elapsed)
        }
        return gx == nil ? 0 : plant.current * capacities[pack - 1] / total
    }

    private func watts(_ seconds: Double) -> Double {
        while present + 1 < steps.count, steps[present + 1].at <= seconds { present += 1 }
        return steps.indices.contains(present) ? steps[present].watts : 0
    }
}
