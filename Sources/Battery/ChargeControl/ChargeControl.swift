/// Decides how hard the battery may be charged and discharged: a pure step from reports, configuration, own state and a
/// monotonic moment to a decision (charge-control.md d.4).
///
/// A value: copying it copies the whole controller, stepping it twice with the same input gives the same decision.
package struct ChargeControl: Sendable {
    /// What one step looks at.
    package struct Input: Sendable {
        /// Newest report of each pack that has one.
        package var reports: [PackReport]
        /// Another sender of limits is on the bus (S44): charging is forbidden.
        package var duplicateBMS: Bool
        /// The user confirmed having seen the latched faults.
        package var acknowledgeFaults: Bool

        package init(reports: [PackReport], duplicateBMS: Bool = false, acknowledgeFaults: Bool = false) {
            self.reports = reports
            self.duplicateBMS = duplicateBMS
            self.acknowledgeFaults = acknowledgeFaults
        }
    }

    let configuration: ControlConfiguration
    var packs: [PackState]
    /// Which of them make the bank.
    var bank = PackBank()
    /// How they share a charging, and a discharging current.
    var chargeSharing = CurrentSharing()
    var dischargeSharing = CurrentSharing()
    var mode = ModeMachine()
    var voltage = VoltageController()
    var charge = CurrentRamp()
    var discharge = CurrentRamp()
    var stage: FreshnessStage = .noData
    /// Causes of the latched fault, nil while there is none.
    package internal(set) var fault: LatchedFault?
    var shown = Shown()
    var lastVoltage: Limit?
    /// What the inverter heard last, V.
    var heardVoltage: Double?
    var lastStep: Instant?
    var silencedByDisobedience = false
    /// Whether the newest decision, here or before a controller took over, was one that may be sent.
    private var hasTransmitted = false

    /// Creates a controller for a confirmed battery.
    ///
    /// - Parameters:
    ///   - configuration: what the user confirmed.
    ///   - fault: a fault latched before a restart: faults survive because they only lower limits (S4).
    ///   - previous: the controller before this one in the same process. What only lowers survives it: the limits that
    ///     the first ones may not exceed, which packs were lost, and the cuts that have not been released (S6, S27).
    package init(
        _ configuration: ControlConfiguration, fault: LatchedFault? = nil, after previous: ChargeControl? = nil
    ) {
        self.configuration = configuration
        self.fault = fault
        packs = configuration.packs.map { pack in
            PackState(
                pack, configuration.freshness, after: previous?.packs.first { $0.specification.pack == pack.pack })
        }
        guard let previous, previous.hasTransmitted else { return }
        hasTransmitted = true
        bank = PackBank(isTakenOver: true)
        mode.takeOver(from: previous.mode)
        charge.inherit(from: previous.charge)
        discharge.inherit(from: previous.discharge)
        // Of another battery it would say nothing, or lie below this one's rest voltage.
        guard configuration.hasSameCells(as: previous.configuration) else { return }
        (lastVoltage, heardVoltage) = (previous.lastVoltage, previous.heardVoltage)
    }

    /// Notes that the inverter was told the limits of a decision.
    package mutating func sent(_ decision: Decision) {
        charge.sent(decision.chargeCurrent.value)
        discharge.sent(decision.dischargeCurrent.value)
        heardVoltage = decision.chargeVoltage.value
    }

    /// Decides for a moment.
    package mutating func step(_ input: Input, now: Instant) -> Decision {
        var members: [Aggregate.Member] = []
        var alarms = AlarmSet()
        for index in packs.indices {
            let report = input.reports.first { $0.pack == packs[index].specification.pack }
            guard let member = packs[index].step(report, configuration.freshness, &alarms, now: now) else { continue }
            members.append(member)
        }
        // By index here and below: a pack's state is large, and to go over the array itself would copy it.
        let age = packs.indices.compactMap { packs[$0].age(now: now) }.min()
        var events = updateStage(age: age)
        for event in updateFault(members, acknowledged: input.acknowledgeFaults) { events.append(event) }
        events += bank.step(members, configuration, now: now)
        let picture = Aggregate.picture(members, bank, configured: configuration.packs)
        let allLive =
            stage == .live
            && packs.indices.allSatisfy { packs[$0].freshness.stage == .live || !packs[$0].isAdmitted(now: now) }
        let situation = Situation(
            members: members, picture: picture, age: age, mayRise: allLive, duplicateBMS: input.duplicateBMS, now: now)
        stepSharing(situation)
        let limits = decide(situation, &events)
        addOwnAlarms(situation, limits, to: &alarms)
        events += changes(limits, alarms)
        let transmits = stage.transmits && !members.isEmpty && !silencedByDisobedience && bank.hasQuorum
        hasTransmitted = transmits
        return Decision(
            made: now, evidence: evidence(now: now),
            stage: stage, mode: presentedMode, chargeVoltage: limits.voltage, chargeCurrent: limits.charge,
            dischargeCurrent: limits.discharge, dischargeVoltage: dischargeVoltage(members), battery: picture,
            alarms: alarms, packStages: packs.indices.map { PackStage(packs[$0], bank) }, events: events,
            transmits: transmits,
            requestsCharge: configuration.forceBelow.map { _ in
                presentedMode == .forcedCharge && allLive && transmits && limits.charge.value > 0
            },
            freshness: configuration.freshness,
            agesAt: packs.indices.compactMap { packs[$0].freshness.agesAt }.min())
    }

    /// Begin of the oldest data among the packs that count; of the freshest where none counts any more.
    private func evidence(now: Instant) -> Instant? {
        var (oldestCounting, freshest): (Duration?, Duration?)
        for index in packs.indices {
            guard let age = packs[index].age(now: now) else { continue }
            freshest = min(freshest ?? age, age)
            if packs[index].freshness.stage < .noCharge { oldestCounting = max(oldestCounting ?? age, age) }
        }
        return (oldestCounting ?? freshest).map { now - $0 }
    }

    /// Notes that the inverter has heard nothing so far: the next charge current is a tenth of the maximum at most (S5).
    package mutating func beginPublishing(now: Instant) {
        charge.begin(start: CurrentRamp.rate * configuration.maximumCharge, now: now)
    }

    /// One look at the world, shared by the parts of a step.
    struct Situation {
        var members: [Aggregate.Member]
        var picture: BatteryPicture
        var age: Duration?
        /// All admitted packs are live (S9).
        var mayRise: Bool
        var duplicateBMS: Bool
        var now: Instant
    }

    /// Measures how the packs of the bank share the current; one pack has nothing to share.
    private mutating func stepSharing(_ situation: Situation) {
        guard packs.count > 1 else { return }
        let joined = situation.members.filter { $0.isOnline && bank.isJoined($0) }
        chargeSharing.step(joined, sign: 1, isLive: situation.mayRise, now: situation.now)
        dischargeSharing.step(joined, sign: -1, isLive: situation.mayRise, now: situation.now)
    }

    /// The three limits of a step.
    struct Limits {
        var voltage: Limit
        var charge: Limit
        var discharge: Limit
        var notObeyed = false
    }

    /// What the newest events told, so that only changes are told again.
    struct Shown {
        /// What one limit showed.
        struct Limit {
            var value = 0.0
            /// nil before the first.
            var rule: LimitRule?
            /// The newest list: since when each rule has restricted it.
            var contributions: [Contribution] = []
        }

        var voltage = Limit()
        var charge = Limit()
        var discharge = Limit()
        var alarms = AlarmSet()
    }
}

extension PackStage {
    fileprivate init(_ pack: PackState, _ bank: PackBank) {
        let number = pack.specification.pack
        self.init(pack: number, stage: pack.freshness.stage, standing: bank.standing(of: number))
    }
}

/// A fault that only a person ends (charge-control.md d.4, state Fault).
package struct LatchedFault: Sendable, Hashable {
    /// What happened.
    package enum Kind: String, Sendable, Hashable {
        case cellOverVoltage = "cell_over_voltage"
        case deepDischarge = "deep_discharge"
        case overTemperature = "over_temperature"
    }

    package var kind: Kind
    package var pack: Int
    /// V or °C.
    package var value: Double

    package init(kind: Kind, pack: Int, value: Double) {
        self.kind = kind
        self.pack = pack
        self.value = value
    }
}

/// The controller's memory of one pack.
struct PackState: Sendable {
    let specification: PackSpecification
    var limiter: PackLimiter
    var freshness: Freshness
    private var alarms = AlarmRules()
    private var rest = RestSpread()
    private var absentSince: Instant?
    /// The newest valid one, kept when a poller starts again from nothing.
    private var snapshot: PackSnapshot?

    /// S9: a pack absent for this long no longer holds the others back.
    private static let admission: Duration = .seconds(60)

    /// Whether it was live under a controller before this one.
    private let hasBeenLive: Bool

    init(_ specification: PackSpecification, _ thresholds: FreshnessThresholds, after previous: PackState?) {
        self.specification = specification
        limiter = PackLimiter(specification, after: previous?.limiter)
        freshness = Freshness(thresholds, after: previous?.freshness)
        hasBeenLive = previous.map { $0.hasBeenLive || $0.freshness.stage != .noData } ?? false
    }

    /// Age of the data of a pack that was live once; the freshest pack's is the battery's (S9).
    func age(now: Instant) -> Duration? { freshness.stage == .noData ? nil : freshness.age(now: now) }

    /// Whether the pack takes part: it has been live and is not absent for long.
    func isAdmitted(now: Instant) -> Bool {
        guard freshness.stage != .noData || hasBeenLive else { return false }
        return absentSince.map { now - $0 < Self.admission } ?? true
    }

    mutating func step(
        _ report: PackReport?, _ thresholds: FreshnessThresholds, _ raised: inout AlarmSet, now: Instant
    ) -> Aggregate.Member? {
        freshness.update(report, now: now)
        let isOnline = freshness.stage < .noCharge
        absentSince = isOnline ? nil : absentSince ?? now
        snapshot = report?.snapshot ?? snapshot
        guard freshness.stage != .noData, let snapshot else { return nil }
        let limits = limiter.limits(snapshot, stage: freshness.stage, stopAge: thresholds.stop, now: now)
        raised.formUnion(alarms.update(snapshot, specification, limits))
        if let own = snapshot.reading.alarms { raised.formUnion(own.value) }
        if freshness.stage == .live { addRest(snapshot, gap: thresholds.hold) }
        let isAnswering = freshness.age(now: now).map { $0 <= thresholds.noCharge } ?? false
        return .init(
            specification: specification, snapshot: snapshot, isOnline: isOnline, isAnswering: isAnswering,
            limits: limits, restSpread: rest.newest.flatMap { $0.time == snapshot.reading.began ? $0.volts : nil })
    }

    private mutating func addRest(_ snapshot: PackSnapshot, gap: Duration) {
        rest.add(
            spread: snapshot.spread, current: snapshot.reading.current, capacity: specification.capacity,
            at: snapshot.reading.began, gap: gap)
    }
}
