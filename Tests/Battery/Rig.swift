import Battery

/// A battery on paper: one pack, an intake and a controller, on a clock that only the test moves.
struct Rig {
    var configuration: ControlConfiguration
    var intake: SnapshotIntake
    var control: ChargeControl
    var now: Instant
    var counter: UInt32 = 1000
    /// The reading that the next poll gives, but for its times.
    var reading: PackReading

    static let origin = Instant(sinceBoot: .seconds(1_000_000))

    /// A 16-cell LFP pack of 280 Ah, 100 A in and 150 A out, in good health in the middle of its charge.
    init(
        _ change: (inout PackSpecification) -> Void = { _ in },
        configure: (inout ControlConfiguration) -> Void = { _ in }
    ) {
        var pack = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150)
        change(&pack)
        configuration = ControlConfiguration(packs: [pack])
        configure(&configuration)
        intake = SnapshotIntake(pack, gap: configuration.freshness.hold)
        control = ChargeControl(configuration)
        now = Self.origin
        reading = Self.healthy(pack)
    }

    static func healthy(_ pack: PackSpecification) -> PackReading {
        var reading = PackReading(
            pack: pack.pack, began: origin, completed: origin,
            promised: [
                .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .settings, .alarms, .runningCounter,
            ])
        reading.cells = Array(repeating: 3.30, count: pack.cellCount)
        reading.current = 10
        reading.stateOfCharge = 50
        reading.stateOfHealth = 99
        reading.temperatures = [
            .init(name: "EXT1", place: .cells, celsius: 25), .init(name: "BMS", place: .board, celsius: 28),
        ]
        return reading
    }

    /// Sets every cell, V.
    mutating func cells(_ volts: Double) {
        reading.cells = Array(repeating: volts, count: reading.cells.count)
    }

    var input: ChargeControl.Input { .init(reports: [intake.report]) }

    /// A poll that succeeds now, and the step that follows it.
    @discardableResult
    mutating func poll(after wait: Duration = .milliseconds(500)) -> Decision {
        take(after: wait)
        return control.step(input, now: now)
    }

    /// A poll that succeeds now, without a step of the controller.
    @discardableResult
    mutating func take(after wait: Duration = .milliseconds(500)) -> Result<PackSnapshot, SnapshotFault> {
        now += wait
        counter += 1
        var sample = reading
        sample.began = now
        sample.completed = now
        sample.voltage = reading.voltage ?? reading.cells.compactMap(\.self).reduce(0, +)
        sample.runningCounter = reading.runningCounter ?? counter
        if sample.settings == nil, reading.promised.contains(.settings) {
            sample.settings = Aged(Self.settings, taken: now)
        }
        sample.settings?.taken = now
        if sample.alarms == nil, reading.promised.contains(.alarms) { sample.alarms = Aged(AlarmSet(), taken: now) }
        sample.alarms?.taken = now
        return intake.accept(sample)
    }

    /// Cut-offs far above the configured maxima, so that they do not decide.
    static var settings: BMSSettings {
        var settings = BMSSettings()
        settings.chargeCutoffCurrent = 200
        settings.dischargeCutoffCurrent = 300
        settings.fullCell = 3.60
        settings.emptyCell = 2.80
        return settings
    }

    /// A step without a new reading.
    @discardableResult
    mutating func wait(_ time: Duration) -> Decision {
        now += time
        return control.step(input, now: now)
    }

    /// Polls every half second for a while; returns the last decision.
    @discardableResult
    mutating func run(_ time: Duration, each: (Decision) -> Void = { _ in }) -> Decision {
        let end = now + time
        var decision = poll()
        each(decision)
        while now < end {
            decision = poll()
            each(decision)
        }
        return decision
    }

    /// Runs until the limits have risen to what they may be.
    static func settled(
        _ change: (inout PackSpecification) -> Void = { _ in },
        configure: (inout ControlConfiguration) -> Void = { _ in }
    ) -> Rig {
        var rig = Rig(change, configure: configure)
        rig.run(.seconds(30))
        return rig
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
