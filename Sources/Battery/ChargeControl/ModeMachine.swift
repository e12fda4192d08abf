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
        /// Percent, with a state of charge that is promised and missing taken for 100.
        var cautiousStateOfCharge: Double?
        /// Lowest cell minus its minimum, the worst pack, V; nil where a cell cannot be read.
        var lowestOverMinimum: Double?
        /// The widest spread within one pack, V, and the widest among packs that all rest; nil where not known of all.
        var packSpread: Double?
        var restSpread: Double?
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
    private var lowCell = Persistence()
    private var emptyCell = Persistence()
    private var relieved = Persistence()
    private var balanced = Persistence()
    /// Nearly full cells contradicted a state of charge that forced a charge: until it has risen it forces none.
    private var isForceDoubted = false
    /// Low cells contradicted a state of charge at the ceiling: until the next full charge it has no say there.
    private var isChargeDoubted = false

    /// Voltage distances, V, and times of the table of states.
    private enum Bound {
        static let nearTarget = -0.020
        static let nearTime: Duration = .seconds(10)
        static let fallen = -0.070
        static let fallenTime: Duration = .seconds(60)
        static let tailNear = -0.010
        static let fullTime: Duration = .seconds(60)
        static let rebulkTime: Duration = .seconds(600)
        /// Nearly empty: the own warning's distance from the minimum.
        static let low = 0.20
        static let lowTime: Duration = .seconds(60)
        /// Spread at rest of a balanced pack, and how long it must last.
        static let balanced = 0.010
        static let balancedTime: Duration = .seconds(900)
        /// A forced charge begins this near the minimum and ends this far from it: a charged cell rebounds.
        static let empty = 0.10
        static let relieved = 0.40
        static let relievedTime: Duration = .seconds(600)
    }

    /// A change of mode, and why.
    private struct Move {
        var mode: ChargeMode
        var cause: String
        /// Told beside the change itself.
        var event: ControlEvent?

        init(_ mode: ChargeMode, _ cause: String, _ event: ControlEvent? = nil) {
            (self.mode, self.cause, self.event) = (mode, cause, event)
        }
    }

    /// Goes on after another machine in the same process: a full charge stays as long ago as it was (S57).
    mutating func takeOver(from previous: ModeMachine) { (started, lastFull) = (previous.started, previous.lastFull) }

    /// One step on live data; `floatReached` says that the charge voltage has come down to the float voltage.
    mutating func step(
        _ input: Input, _ configuration: ControlConfiguration, floatReached: Bool, now: Instant
    ) -> [ControlEvent] {
        let before = mode
        started = started ?? now
        let full = isFull(input, configuration, now)
        guard
            let move = forced(input, configuration, now) ?? ceiling(input, configuration, now)
                ?? ordinary(input, configuration, full: full, floatReached: floatReached, now)
        else { return [] }
        if case .full? = move.event { (lastFull, isChargeDoubted) = (now, false) }
        mode = move.mode
        entered = now
        nearTarget = Persistence()
        fallen = Persistence()
        lowInFloat = Persistence()
        lowCell = Persistence()
        relieved = Persistence()
        balanced = Persistence()
        return (move.event.map { [$0] } ?? []) + [.mode(from: before, to: mode, cause: move.cause)]
    }

    // MARK: - Private

    /// Bulk, absorption, float.
    private mutating func ordinary(
        _ input: Input, _ configuration: ControlConfiguration, full: Bool, floatReached: Bool, _ now: Instant
    ) -> Move? {
        switch mode {
        case .initial, .degraded, .fault:
            needsBulk(input, configuration) || input.highestOverRebulk <= 0
                ? Move(.bulk, "charge is below the re-bulk level") : Move(.float, "battery is charged")
        case .bulk:
            nearTarget.holds(input.highestOverTarget >= Bound.nearTarget, for: Bound.nearTime, now: now)
                ? Move(.absorption, "highest cell reached the absorption voltage") : nil
        case .absorption: leavesAbsorption(input, configuration, full: full, now)
        case .balanceHold: leavesBalance(input, configuration, now)
        case .floatTransition: floatReached ? Move(.float, "float voltage reached") : nil
        case .float: leavesFloat(input, configuration, now).map { Move(.bulk, $0) }
        case .forcedCharge: leavesForced(input, configuration, now)
        case .ceiling: nil
        }
    }

    private mutating func leavesAbsorption(
        _ input: Input, _ configuration: ControlConfiguration, full: Bool, _ now: Instant
    ) -> Move? {
        if full {
            return ended(input, configuration, "full: voltage and current agree", byTime: false)
        }
        if let entered, now - entered >= configuration.absorptionMaximum {
            return ended(input, configuration, "longest absorption time is over", byTime: true)
        }
        let hasFallen = fallen.holds(input.highestOverTarget < Bound.fallen, for: Bound.fallenTime, now: now)
        return hasFallen ? Move(.bulk, "highest cell fell back") : nil
    }

    /// After an absorption: cells that are seen to be apart are held for their balancers first.
    private func ended(_ input: Input, _ configuration: ControlConfiguration, _ cause: String, byTime: Bool) -> Move {
        let isApart = input.packSpread.map { $0 > Bound.balanced } ?? false
        let next: ChargeMode = configuration.balanceHold != nil && isApart ? .balanceHold : .floatTransition
        return Move(next, cause, .full(spread: input.spread, byTime: byTime))
    }

    private mutating func leavesBalance(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> Move? {
        let isBalanced = input.restSpread.map { $0 <= Bound.balanced } ?? false
        if balanced.holds(isBalanced, for: Bound.balancedTime, now: now) {
            return Move(.floatTransition, "cells are balanced", .balance(spread: input.restSpread, byTime: false))
        }
        if needsBulk(input, configuration) { return Move(.bulk, "state of charge fell to the re-bulk level") }
        guard let longest = configuration.balanceHold, let entered, now - entered >= longest else { return nil }
        return Move(
            .floatTransition, "longest time for balancing is over", .balance(spread: input.restSpread, byTime: true))
    }

    /// The daily ceiling: into it from any charge that has reached it, out of it below the hysteresis, for the periodic
    /// full charge, or when low cells say that the state of charge is wrong.
    private mutating func ceiling(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> Move? {
        guard let ceiling = configuration.ceiling else { return nil }
        let isDue = isFullDue(configuration, now)
        // What is not known may be at the ceiling (S24).
        let charge = input.cautiousStateOfCharge
        guard mode == .ceiling else {
            guard mode != .floatTransition, mode != .balanceHold, !isDue, !isChargeDoubted, let charge,
                charge >= ceiling
            else { return nil }
            return Move(.ceiling, "state of charge reached the ceiling of \(ceiling.decimal(0)) %")
        }
        if isDue { return Move(.bulk, "a full charge is due") }
        if let charge, charge <= ceiling - configuration.ceilingHysteresis {
            return Move(.bulk, "state of charge fell below the ceiling")
        }
        let isLow = input.lowestOverMinimum.map { $0 <= Bound.low } ?? false
        guard lowCell.holds(isLow, for: Bound.lowTime, now: now) else { return nil }
        isChargeDoubted = true
        return Move(.bulk, "cells are nearly empty, whatever the state of charge says")
    }

    /// Into a forced charge: the charge fell to the user's level, or a cell is nearly empty whatever the charge says. What
    /// is not known forces nothing (S24).
    private mutating func forced(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> Move? {
        guard let level = configuration.forceBelow else { return nil }
        let charge = input.cautiousStateOfCharge
        if let charge, charge >= level + configuration.forceRise { isForceDoubted = false }
        let isEmpty = emptyCell.holds(
            input.lowestOverMinimum.map { $0 <= Bound.empty } ?? false, for: Bound.lowTime, now: now)
        guard mode != .forcedCharge else { return nil }
        if isEmpty {
            // A charge at the ceiling with empty cells is none.
            isChargeDoubted = true
            return Move(.forcedCharge, "lowest cell is nearly empty")
        }
        guard let charge, charge <= level, !isForceDoubted else { return nil }
        return Move(.forcedCharge, "state of charge fell to \(level.decimal(0)) %")
    }

    private mutating func leavesForced(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> Move? {
        let charge = input.cautiousStateOfCharge
        let hasCharge = charge.map { $0 >= (configuration.forceBelow ?? 0) + configuration.forceRise } ?? true
        if nearTarget.holds(input.highestOverTarget >= Bound.nearTarget, for: Bound.nearTime, now: now) {
            // Cells that are nearly full contradict the charge: it forces nothing until it has risen.
            isForceDoubted = !hasCharge
            return Move(.absorption, "highest cell reached the absorption voltage")
        }
        let isRelieved = input.lowestOverMinimum.map { $0 >= Bound.relieved } ?? false
        let hasCells = relieved.holds(isRelieved, for: Bound.relievedTime, now: now)
        return hasCharge && hasCells ? Move(.bulk, "charge and cells have recovered") : nil
    }

    private func needsBulk(_ input: Input, _ configuration: ControlConfiguration) -> Bool {
        input.stateOfCharge.map { $0 <= configuration.rebulkStateOfCharge } ?? false
    }

    private func isFullDue(_ configuration: ControlConfiguration, _ now: Instant) -> Bool {
        guard let every = configuration.fullEvery, let since = lastFull ?? started else { return false }
        return now - since >= every
    }

    private mutating func leavesFloat(
        _ input: Input, _ configuration: ControlConfiguration, _ now: Instant
    ) -> String? {
        if needsBulk(input, configuration) { return "state of charge fell to the re-bulk level" }
        if lowInFloat.holds(input.highestOverRebulk <= 0, for: Bound.rebulkTime, now: now) {
            return "highest cell fell to the re-bulk voltage"
        }
        return isFullDue(configuration, now) ? "a full charge is due" : nil
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
