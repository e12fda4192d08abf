import Battery

@testable import Monitoring

/// A watched battery on paper, on clocks that only the test moves.
struct Bench {
    static let origin = Instant(sinceBoot: .seconds(1000))

    let packs: [PackSpecification]
    var watch: BatteryWatch
    var log = EventLog()
    var now = Bench.origin
    /// Where the wall clock stands beside the other, ms.
    var wallOffset: Int64 = 1_740_787_200_000
    /// What the next poll of each pack reads, but for its times.
    var readings: [PackReading]
    var fault: LatchedFault?
    /// The newest decision that found the battery full.
    private(set) var full: Decision?
    private var intakes: [SnapshotIntake]
    private var control: ChargeControl
    private var counter: UInt32 = 1000

    /// LFP packs of 16 cells and 280 Ah, 100 A in and 150 A out, at rest in the middle of their charge.
    init(packs count: Int = 1, thresholds: AlertThresholds = AlertThresholds()) {
        packs = (1...count).map {
            PackSpecification(
                pack: $0, chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150)
        }
        intakes = packs.map { SnapshotIntake($0, gap: .seconds(2)) }
        control = ChargeControl(ControlConfiguration(packs: packs))
        readings = packs.map { pack in
            var reading = PackReading(
                pack: pack.pack, began: Self.origin, completed: Self.origin,
                promised: [.cellVoltages, .temperature, .current, .voltage, .stateOfCharge])
            reading.cells = Array(repeating: 3.30, count: pack.cellCount)
            reading.current = 0
            reading.stateOfCharge = 50
            reading.temperatures = [.init(name: "EXT1", place: .cells, celsius: 25)]
            return reading
        }
        watch = BatteryWatch(
            .init(thresholds: thresholds, packs: packs), at: Moment(Self.origin, milliseconds: 1_740_787_200_000))
    }

    var moment: Moment {
        Moment(now, milliseconds: wallOffset + Int64((now - Self.origin) / .milliseconds(1)))
    }

    /// A poll of every pack that has a reading, and a look at what came of it.
    @discardableResult
    mutating func poll(after wait: Duration = .milliseconds(500)) -> [EventLog.Change] {
        now += wait
        counter += 1
        for index in readings.indices {
            var sample = readings[index]
            (sample.began, sample.completed, sample.runningCounter) = (now, now, counter)
            sample.voltage = sample.cells.compactMap(\.self).reduce(0, +)
            intakes[index].accept(sample)
        }
        return look()
    }

    /// A look without a new reading.
    @discardableResult
    mutating func look(after wait: Duration = .zero) -> [EventLog.Change] {
        now += wait
        let reports = intakes.map(\.report)
        let decision = control.step(.init(reports: reports), now: now)
        let isFull = decision.events.contains { if case .full = $0 { true } else { false } }
        if isFull { full = decision }
        let occurrences = watch.look(decision, reports, latched: fault, at: moment)
        return occurrences.flatMap { log.note($0, at: moment) }
    }

    /// The same decision once more, as it is shown when only the bus has changed.
    mutating func lookAgain(at decision: Decision) {
        _ = watch.look(decision, intakes.map(\.report), latched: fault, at: moment)
    }

    /// Polls every half second for a while.
    @discardableResult
    mutating func run(_ time: Duration) -> [EventLog.Change] {
        let end = now + time
        var changes: [EventLog.Change] = []
        while now < end { changes += poll() }
        return changes
    }

    /// Until the data counts as live.
    mutating func settle() { run(.seconds(5)) }

    mutating func cells(_ volts: Double, pack: Int = 1) {
        readings[pack - 1].cells = Array(repeating: volts, count: packs[pack - 1].cellCount)
    }

    mutating func current(_ amperes: Double, pack: Int = 1) { readings[pack - 1].current = amperes }

    var energy: EnergyTotals { watch.derived(at: now).energy }

    /// Kinds of what lasts, with their severities.
    var alerts: [String: EventSeverity] {
        Dictionary(
            log.active.map { ($0.identity.variant, $0.activity?.severity ?? .info) }, uniquingKeysWith: max)
    }
}

/// A generator whose every run is the same.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
