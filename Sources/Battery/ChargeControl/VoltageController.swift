/// Shapes the charge voltage: the mode's target with a slow way down to float, a PI controller on the highest cell, and
/// the lever for chargers that do not obey the current limit (charge-control.md d.4).
struct VoltageController: Sendable {
    /// What the controller looks at, V and A, for the whole battery.
    struct Input: Sendable {
        /// Absorption voltage of the pack that allows least.
        var absorption: Double
        /// Float voltage of the pack that allows least.
        var float: Double
        /// Rest voltage: nothing here goes below it.
        var rest: Double
        /// Cells in series.
        var cellCount: Double
        /// Highest cell minus its absorption target, V.
        var highestOverTarget: Double?
        /// Pack voltage.
        var voltage: Double?
        /// Ah of the packs that count.
        var capacity: Double
        /// Measured current.
        var current: Double?
        /// The charge current limit that was last published.
        var publishedCharge: Double?
        var maximumCharge: Double
        var mode: ChargeMode
        /// A fault or a lost BMS: the float voltage at once.
        var fault: Bool
    }

    /// What the controller allows.
    struct Output: Sendable {
        /// The mode's target, with its slow way down, V.
        var target: Double
        /// Target less the reduction for a high cell, V.
        var highestCell: Double
        /// What holds the current at about 0 at the ceiling, V; nil in other modes.
        var ceiling: Double?
        /// The lever's voltage, nil while the limit is obeyed.
        var lever: Double?
        /// The current limit is not obeyed.
        var notObeyed: Bool
        /// The limit is not obeyed even with the lever at its end for a minute.
        var leverExhausted: Bool
    }

    /// Gains of the PI controller on the highest cell: V a V, and V a V and second.
    private static let proportional = 1.0
    private static let integral = 0.05
    /// Way down to float, V a cell and second (charge-control.md d.4).
    private static let floatRate = 0.00006
    /// Way up, V a cell and second: from float to absorption in under a minute.
    static let riseRate = 0.002
    /// How far below the absorption voltage cells are held for their balancers, V a cell: own choice, above the voltage at
    /// which balancers begin and below the one that ages cells in hours.
    private static let balanceDistance = 0.030
    /// Gains of the PI controller on the current at the ceiling: V a cell and C, and V a cell, C and second.
    private static let currentProportional = 0.05
    private static let currentIntegral = 0.005
    private static let longestStep = 1.0

    private var target: Double?
    private var reduction = 0.0
    /// What the current at the ceiling has taken off so far, V.
    private var holdback = 0.0
    private var stepped: Instant?
    private var lever = FeedInLever()

    mutating func step(_ input: Input, now: Instant) -> Output {
        let elapsed = min(max((now - (stepped ?? now)).seconds, 0), Self.longestStep)
        stepped = now
        let goal =
            switch input.mode {
            case .float, .floatTransition, .ceiling: input.float
            case .balanceHold where !input.fault:
                max(input.float, input.absorption - Self.balanceDistance * input.cellCount)
            default: input.fault ? input.float : input.absorption
            }
        let target = move(toward: goal, input, elapsed)
        let error = input.highestOverTarget ?? 0
        let room = max(target - max(input.float, input.rest), 0)
        reduction = min(max(reduction + Self.integral * error * input.cellCount * elapsed, 0), room)
        let shaped = max(target - min(reduction + max(error, 0) * Self.proportional, room), input.rest)
        let ceiling = input.mode == .ceiling ? holdCeiling(input, target, elapsed) : nil
        if ceiling == nil { holdback = 0 }
        let levered = lever.step(input, shaped: min(shaped, ceiling ?? shaped), now: now)
        return Output(
            target: target, highestCell: shaped, ceiling: ceiling, lever: levered,
            notObeyed: lever.isActive || lever.isWithoutGrip,
            leverExhausted: lever.isExhausted)
    }

    // MARK: - Private

    /// Leans back while anything is charged at the ceiling, never below the rest voltage; an unknown current moves nothing.
    private mutating func holdCeiling(_ input: Input, _ target: Double, _ elapsed: Double) -> Double {
        let room = max(target - input.rest, 0)
        guard let current = input.current, input.capacity > 0 else { return target - min(holdback, room) }
        let rate = current / input.capacity * input.cellCount
        holdback = min(max(holdback + Self.currentIntegral * rate * elapsed, 0), room)
        return target - min(holdback + max(Self.currentProportional * rate, 0), room)
    }

    private mutating func move(toward goal: Double, _ input: Input, _ elapsed: Double) -> Double {
        guard let last = target else {
            target = goal
            return goal
        }
        let fall = input.fault ? Double.infinity : Self.floatRate * input.cellCount * elapsed
        let next = max(goal, last - fall)
        target = next
        return next
    }
}

/// Lowers the charge voltage when chargers ignore the current limit, as they do with DC feed-in on.
struct FeedInLever: Sendable {
    private static let patience: Duration = .seconds(20)
    private static let step = 0.1
    /// What feed-in adds for 16 cells, V (protocols/victron-can.md 6).
    private static let feedInOffset = 0.4
    private static let exhaustion: Duration = .seconds(60)

    private var over = Persistence()
    private var voltage: Double?
    /// Pack voltage when the lever started, frozen so that the lever cannot chase it down.
    private var frozen: Double?
    private var moved: Instant?
    private var atEnd = Persistence()
    private(set) var isExhausted = false
    /// The limit is not obeyed, and the charge voltage neither: there is nothing to lower, but everything to tell.
    private(set) var isWithoutGrip = false

    var isActive: Bool { voltage != nil }

    /// One step; returns the voltage that the lever asks for, nil while it rests.
    mutating func step(_ input: VoltageController.Input, shaped: Double, now: Instant) -> Double? {
        guard let current = input.current, let limit = input.publishedCharge, let pack = input.voltage else {
            return voltage
        }
        let margin = max(2, 0.05 * input.maximumCharge)
        let offset = Self.feedInOffset * input.cellCount / 16
        let disobeyed = current > limit + margin
        guard let last = voltage else {
            let isOver = over.holds(disobeyed, for: Self.patience, now: now)
            // Above the charge voltage plus what feed-in adds, no charger holds the voltage: the lever has no grip.
            isWithoutGrip = isOver && shaped <= pack - offset
            isExhausted = atEnd.holds(isWithoutGrip, for: Self.exhaustion, now: now)
            guard isOver, !isWithoutGrip else { return nil }
            frozen = pack
            return move(to: max(shaped - Self.step, end(input, offset)), input, offset, now)
        }
        guard moved.map({ now - $0 >= Self.patience }) ?? true else {
            return move(to: last, input, offset, now, isStep: false)
        }
        guard disobeyed else {
            guard last + Self.step < shaped else {
                self = FeedInLever()
                return nil
            }
            return move(to: last + Self.step, input, offset, now)
        }
        return move(to: max(min(last, shaped) - Self.step, end(input, offset)), input, offset, now)
    }

    private func end(_ input: VoltageController.Input, _ offset: Double) -> Double {
        max((frozen ?? input.rest) - offset, input.rest)
    }

    private mutating func move(
        to value: Double, _ input: VoltageController.Input, _ offset: Double, _ now: Instant, isStep: Bool = true
    ) -> Double {
        voltage = value
        if isStep { moved = now }
        let disobeyed = (input.current ?? 0) > (input.publishedCharge ?? 0)
        isExhausted = atEnd.holds(disobeyed && value <= end(input, offset), for: Self.exhaustion, now: now)
        return value
    }
}
