/// Where the charge is: Init … Float (charge-control.md d.4, states). Degraded and Fault are laid over it.
struct ModeMachine: Sendable {
    /// What the machine looks at.
    struct Input: Sendable {
        /// Highest cell minus its absorption target, the worst pack, V.
        var highestOverTarget: Double
        /// Highest cell minus its re-bulk voltage, V.
        var highestOverRebulk: Double
        /// Largest (V at this current on the full line) − (start of the line), V; nil while discharging (d.2).
        var overFullLine: Double?
        /// A; nil when unknown.
        var current: Double?
        /// Ah.
        var capacity: Double
        /// Percent.
        var stateOfCharge: Double?
        /// Spread of the cells, V.
        var spread: Double?
    }

    private(set) var mode: ChargeMode = .initial
    /// The newest full charge of this run.
    private(set) var lastFull: Instant?
    private var entered: Instant?
    private var started: Instant?
    private var nearTarget = Persistence()
    private var fallen = Persistence()
    private var fullByLine = Persistence()
    private var fullByTail = Persistence()
    private var lowInFloat = Persistence()

    /// Voltage distances, V, and times of the table of states.
    private enum Bound {
        static let nearTarget = -0.020
        static let nearTime: Duration = .seconds(10)
        static let fallen = -0.070
        static let fallenTime: Duration = .seconds(60)
        static let tailNear = -0.010
        static let fullTime: Duration = .seconds(60)
        static let rebulkTime: Duration = .seconds(600)
    }

    /// One step on live data; `floatReached` says that the charge voltage has come down to the float voltage.
    mutating func step(
        _ input: Input, _ configuration: ControlConfiguration, floatReached: Bool, now: Instant
    ) -> [ControlEvent] {
        let before = mode
        started = started ?? now
        let full = isFull(input, configuration, now)
        var events: [ControlEvent] = []
        var cause = ""
        switch mode {
        case .initial, .degraded, .fault:
            let rebulk = needsBulk(input, configuration) || input.highestOverRebulk <= 0
            cause = rebulk ? "charge is below the re-bulk level" : "battery is charged"
            mode = rebulk ? .bulk : .float
        case .bulk:
            if nearTarget.holds(input.highestOverTarget >= Bound.nearTarget, for: Bound.nearTime, now: now) {
                cause = "highest cell reached the absorption voltage"
                mode = .absorption
            }
        case .absorption:
            if full {
                cause = "full: voltage and current agree"
                mode = .floatTransition
                events.append(.full(spread: input.spread, byTime: false))
            } else if let entered, now - entered >= configuration.absorptionMaximum {
                cause = "longest absorption time is over"
                mode = .floatTransition
                events.append(.full(spread: input.spread, byTime: true))
            } else if fallen.holds(input.highestOverTarget < Bound.fallen, for: Bound.fallenTime, now: now) {
                cause = "highest cell fell back"
                mode = .bulk
            }
            if mode == .floatTransition { lastFull = now }
        case .floatTransition:
            if floatReached {
                cause = "float voltage reached"
                mode = .float
            }
        case .float:
            if let reason = leavesFloat(input, configuration, now) {
                cause = reason
                mode = .bulk
            }
        }
        if mode != before {
            entered = now
            nearTarget = Persistence()
            fallen = Persistence()
            lowInFloat = Persistence()
            events.append(.mode(from: before, to: mode, cause: cause))
        }
        return events
    }

    // MARK: - Private

    private func needsBulk(_ input: Input, _ configuration: ControlConfiguration) -> Bool {
        input.stateOfCharge.map { $0 <= configuration.rebulkStateOfCharge } ?? false
    }

    private mutating func leavesFloat(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> String? {
        if needsBulk(input, configuration) { return "state of charge fell to the re-bulk level" }
        if lowInFloat.holds(input.highestOverRebulk <= 0, for: Bound.rebulkTime, now: now) {
            return "highest cell fell to the re-bulk voltage"
        }
        if let every = configuration.fullEvery, let since = lastFull ?? started, now - since >= every {
            return "a full charge is due"
        }
        return nil
    }

    /// The full test: the line of voltage over current, or the tail current at the target, for a minute; the state of
    /// charge has no say in it.
    private mutating func isFull(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> Bool {
        let line = fullByLine.holds((input.overFullLine ?? -1) >= 0, for: Bound.fullTime, now: now)
        let tail = configuration.tailRate * input.capacity
        let atTail = input.current.map { $0 <= tail && $0 >= -tail } ?? false
        let tailed = fullByTail.holds(
            atTail && input.highestOverTarget >= Bound.tailNear, for: Bound.fullTime, now: now)
        return line || tailed
    }
}
