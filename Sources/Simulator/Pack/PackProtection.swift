/// The logic that opens and closes a pack's switches: what a BMS does with its measurements.
///
/// It sees measurements only, never the truth, so that a lying sensor misleads it as it would the real thing. The rules
/// are those of the TinyBMS manual (dual port: the charge switch closes when a charger is detected and opens as soon as one
/// cell is full; faults recover by themselves after a time, under-voltage only by a charger); other families differ in
/// their limits. One call is one sample.
package struct PackProtection: Sendable {
    /// Where a charge stands.
    package enum Phase: Sendable, Hashable {
        /// No charger.
        case none
        /// The charge switch is closed.
        case charging
        /// A cell is full: the switch is open until the others have caught up.
        case balancing
        /// Complete: nothing more until the charger is removed or the restart level is reached.
        case done
    }

    /// What the switches are opened by. Setting it takes effect with the next sample.
    package var limits: ProtectionLimits
    /// Where a charge stands.
    package private(set) var phase = Phase.none
    /// Whether a charger is detected.
    package private(set) var hasCharger = false
    /// Whether the charge switch is told to be closed.
    package private(set) var chargeClosed = false
    /// Whether the discharge switch is told to be closed.
    package private(set) var dischargeClosed = true
    /// Whether every cut-off is off, as after a wrong setting: the switches stay closed whatever is measured.
    package var isDisabled = false
    /// Whether the host holds the charge switch open, until it releases it or the BMS restarts.
    package var holdsChargeOpen = false {
        didSet { if holdsChargeOpen { chargeClosed = false } }
    }
    /// The same for the discharge switch.
    package var holdsDischargeOpen = false {
        didSet { if holdsDischargeOpen { dischargeClosed = false } }
    }
    /// What happened since it was last taken, oldest first; at most 64 are kept.
    package private(set) var events: [PackEvent] = []

    private var watches = CutOff.allCases.map(Watch.init)
    private var fullFor = 0.0
    private var pausedFor = 0.0
    private var chargerQuietFor = 0.0
    private var blocks = (charge: false, discharge: false, fault: false)

    /// How long a voltage or temperature must be out of bounds, s: three samples, so that a single wild one does nothing.
    static let confirmation = 0.25

    /// Creates the protection of a pack at rest.
    package init(limits: ProtectionLimits) { self.limits = limits }

    /// Whether a cut-off acts now.
    package func isActive(_ cutOff: CutOff) -> Bool { watches[Int(cutOff.rawValue)].isActive }

    /// Whether the BMS reports a fault.
    package var hasFault: Bool { blocks.fault }

    /// Hands over what happened.
    package mutating func takeEvents() -> [PackEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Forgets every fault and starts anew, as a reset of the BMS does.
    package mutating func restart() {
        let isDisabled = isDisabled
        self = PackProtection(limits: limits)
        self.isDisabled = isDisabled
    }

    /// Judges one sample.
    ///
    /// - Parameters:
    ///   - measurement: what the sensors say.
    ///   - demand: current that the outside wants to flow, A; positive from a charger.
    ///   - stateOfCharge: the coulomb counter, percent.
    ///   - seconds: time since the last sample.
    mutating func sample(_ measurement: PackMeasurement, demand: Double, stateOfCharge: Double, seconds: Double) {
        detectCharger(demand, seconds: seconds)
        watch(measurement, demand: demand, seconds: seconds)
        charge(measurement, stateOfCharge: stateOfCharge, seconds: seconds)
        operateSwitches()
        if isDisabled {
            chargeClosed = true
            dischargeClosed = true
        }
        if holdsChargeOpen { chargeClosed = false }
        if holdsDischargeOpen { dischargeClosed = false }
    }

    // MARK: - Private

    private mutating func note(_ event: PackEvent) {
        guard events.count < 64 else { return }
        events.append(event)
    }

    private mutating func detectCharger(_ demand: Double, seconds: Double) {
        if demand > limits.idleCurrent {
            chargerQuietFor = 0
            guard !hasCharger else { return }
            hasCharger = true
            if phase == .done { phase = .none }
            note(.chargerConnected)
        } else if hasCharger {
            chargerQuietFor += seconds
            // A demand to discharge takes the charger away at once; a faint one may be a charger that tapers.
            guard chargerQuietFor >= 2 || demand < -limits.idleCurrent else { return }
            hasCharger = false
            note(.chargerDisconnected)
        }
    }

    private mutating func watch(_ measurement: PackMeasurement, demand: Double, seconds: Double) {
        var now = (charge: false, discharge: false, fault: false)
        for index in watches.indices {
            let cutOff = watches[index].cutOff
            if isDisabled {
                watches[index].isActive = false
            } else if watches[index].isActive {
                watches[index].seconds += seconds
                if isOver(cutOff, after: watches[index].seconds, measurement, demand: demand) {
                    watches[index].isActive = false
                    watches[index].seconds = 0
                    note(.recovered(cutOff))
                }
            } else if isViolated(cutOff, measurement) {
                watches[index].seconds += seconds
                if watches[index].seconds >= delay(of: cutOff, measurement) {
                    watches[index].isActive = true
                    watches[index].seconds = 0
                    note(.cutOff(cutOff))
                }
            } else if watches[index].seconds > 0 {
                watches[index].seconds = 0
            }
            guard watches[index].isActive else { continue }
            now.charge = now.charge || cutOff.blocksCharge
            now.discharge = now.discharge || cutOff.blocksDischarge
            now.fault = now.fault || cutOff.isFault
        }
        blocks = now
    }

    private func delay(of cutOff: CutOff, _ measurement: PackMeasurement) -> Double {
        switch cutOff {
        case .dischargeOverCurrent:
            if let peak = limits.peakDischargeCurrent, measurement.current <= -peak { return 0 }
            return limits.dischargeCurrentDelay
        case .chargeOverCurrent, .chargeSwitchError, .dischargeSwitchError: return 1
        default: return Self.confirmation
        }
    }

    private func isViolated(_ cutOff: CutOff, _ measurement: PackMeasurement) -> Bool {
        switch cutOff {
        case .underVoltage: return measurement.lowest <= limits.underVoltageCell
        case .overVoltage: return measurement.highest >= limits.overVoltageCell
        case .overTemperature:
            let (hottest, limit) = hottest(measurement)
            return hottest > limit || measurement.board > limits.boardOverHeat
        case .lowTemperature: return coldest(measurement) < limits.lowTemperature
        case .dischargeOverCurrent: return measurement.current <= -limits.dischargeCurrent
        case .chargeOverCurrent: return measurement.current >= limits.chargeCurrent
        case .fullyDischarged: return measurement.lowest <= limits.emptyCell
        case .lowTemperatureCharge: return coldest(measurement) < limits.lowTemperatureCharge
        case .chargeSwitchError: return !chargeClosed && measurement.current > 2 * limits.idleCurrent
        case .dischargeSwitchError: return !dischargeClosed && measurement.current < -2 * limits.idleCurrent
        }
    }

    /// Whether an active cut-off may end.
    private func isOver(
        _ cutOff: CutOff, after seconds: Double, _ measurement: PackMeasurement, demand: Double
    ) -> Bool {
        let waited = limits.recoveryTime.map { seconds >= $0 } ?? false
        switch cutOff {
        case .underVoltage: return hasCharger && measurement.lowest > limits.underVoltageCell
        case .fullyDischarged: return hasCharger && measurement.lowest > limits.emptyCell
        case .overVoltage:
            return measurement.highest <= limits.fullCell && (waited || !hasCharger)
        case .overTemperature:
            let (hottest, limit) = hottest(measurement)
            return waited && hottest < limit - 5 && measurement.board < limits.boardOverHeat - 5
        case .lowTemperature: return waited && coldest(measurement) > limits.lowTemperature + 2
        case .dischargeOverCurrent: return waited || (seconds > 2 && demand > -limits.idleCurrent)
        case .chargeOverCurrent: return waited || (seconds > 2 && !hasCharger)
        case .lowTemperatureCharge: return coldest(measurement) > limits.lowTemperatureCharge + 2
        // A switch that does not obey is told to the user until the BMS restarts.
        case .chargeSwitchError, .dischargeSwitchError: return false
        }
    }

    /// The temperature that the over-heat limit applies to: the external sensors, else the board.
    private func hottest(_ measurement: PackMeasurement) -> (celsius: Double, limit: Double) {
        var hottest = -Double.infinity
        for case .some(let celsius) in measurement.external { hottest = max(hottest, celsius) }
        return (hottest.isFinite ? hottest : measurement.board, limits.overHeat)
    }

    private func coldest(_ measurement: PackMeasurement) -> Double {
        var coldest = Double.infinity
        for case .some(let celsius) in measurement.external { coldest = min(coldest, celsius) }
        return coldest.isFinite ? coldest : measurement.board
    }

    private mutating func charge(_ measurement: PackMeasurement, stateOfCharge: Double, seconds: Double) {
        guard hasCharger else {
            // A complete charge stays complete while the pack rests, and ends with the first real discharge.
            if phase != .done || measurement.current < -limits.idleCurrent { phase = .none }
            return
        }
        switch phase {
        case .none:
            guard !blocks.charge else { return }
            phase = .charging
            fullFor = 0
            note(.chargingStarted)
        case .charging:
            fullFor = measurement.highest >= limits.fullCell ? fullFor + seconds : 0
            if isComplete(measurement) {
                finish()
            } else if fullFor >= Self.confirmation {
                phase = .balancing
                pausedFor = 0
            }
        case .balancing:
            pausedFor += seconds
            guard pausedFor >= limits.chargerStartDelay, measurement.spread < limits.allowedSpread else { return }
            if isComplete(measurement) {
                finish()
            } else if measurement.highest < limits.fullCell {
                phase = .charging
                fullFor = 0
            }
        case .done:
            guard let level = limits.restartLevel, stateOfCharge <= level else { return }
            phase = .none
        }
    }

    private func isComplete(_ measurement: PackMeasurement) -> Bool {
        measurement.lowest >= limits.fullCell - limits.allowedSpread && measurement.spread < limits.allowedSpread
            && measurement.current < limits.finishedCurrent
            && measurement.highest >= limits.fullCell - limits.allowedSpread
    }

    private mutating func finish() {
        phase = .done
        note(.chargingDone)
    }

    private mutating func operateSwitches() {
        if limits.isSinglePort {
            let blocked =
                blocks.discharge && !(hasCharger && !blocks.charge) || blocks.charge && (hasCharger || blocks.fault)
            let closed = !blocked && phase != .balancing && !(phase == .done && hasCharger)
            chargeClosed = closed
            dischargeClosed = closed
        } else {
            chargeClosed = (phase == .charging || limits.opensForCutOffsOnly) && !blocks.charge
            dischargeClosed = !blocks.discharge
        }
    }

    /// The timer of one cut-off: how long violated while inactive, how long active otherwise.
    private struct Watch: Sendable, Hashable {
        let cutOff: CutOff
        var isActive = false
        var seconds = 0.0

        init(_ cutOff: CutOff) { self.cutOff = cutOff }
    }
}
