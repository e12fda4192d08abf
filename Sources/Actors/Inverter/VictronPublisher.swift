package import Battery
package import InverterProtocols
package import Links
import Log

/// Tells the inverter: freshness, charge control and frames in one synchronous step, every period and at once when a
/// limit falls (S3, S6, S40). Lives on the control path's loop.
package actor VictronPublisher: Child {
    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        package var loop: any Loop
        package var control: ControlConfiguration
        package var identity: VictronIdentity
        package var period: Duration
        package var keepalive: KeepaliveWatch.Settings
        /// Address shown to people.
        package var address: String
        /// One slot a pack.
        package var reports: [Latest<PackReport>]
        package var openBus: @Sendable () async throws(LinkError) -> any CANBus
        package var picture: Latest<GatewayPicture>
        package var report: EventReport
        /// Reported after each finished step.
        package var beat: @Sendable () -> Void
        /// The fault that was latched before a restart (S4).
        package var fault: LatchedFault?
        /// Keeps a latched fault over restarts; must not block.
        package var keepFault: @Sendable (LatchedFault?) -> Void
        /// Counts the user's acknowledgements of faults and of a duplicate sender.
        package var acknowledgements: Latest<Int>
        /// The controller of the publisher before this one in the same process, and of this one when it ends: of it
        /// survives what only lowers (S6, S27).
        package var controller: Latest<ChargeControl>
        /// What all publishers of the process know of other senders (S44).
        package var senders: Latest<DuplicateSenderWatch>

        package init(
            loop: any Loop, control: ControlConfiguration, identity: VictronIdentity, period: Duration,
            keepalive: KeepaliveWatch.Settings, address: String, reports: [Latest<PackReport>],
            openBus: @escaping @Sendable () async throws(LinkError) -> any CANBus, picture: Latest<GatewayPicture>,
            report: @escaping EventReport, beat: @escaping @Sendable () -> Void, fault: LatchedFault?,
            keepFault: @escaping @Sendable (LatchedFault?) -> Void, acknowledgements: Latest<Int>,
            controller: Latest<ChargeControl> = Latest(), senders: Latest<DuplicateSenderWatch> = Latest()
        ) {
            self.loop = loop
            self.control = control
            self.identity = identity
            self.period = period
            self.keepalive = keepalive
            self.address = address
            self.reports = reports
            self.openBus = openBus
            self.picture = picture
            self.report = report
            self.beat = beat
            self.fault = fault
            self.keepFault = keepFault
            self.acknowledgements = acknowledgements
            self.controller = controller
            self.senders = senders
        }
    }

    let parts: Dependencies
    private var control: ChargeControl
    private let check: VictronLimitsCheck
    private var schedule: PublishSchedule
    private var timer: LoopTimer?
    var bus: (any CANBus)?
    /// Takes the reason for which the open bus is left.
    var busEnd: AsyncStream<String>.Continuation?
    var keepalive: KeepaliveWatch
    var duplicates: DuplicateSenderWatch
    var inverter: InverterPicture
    private var wasTransmitting = false
    private var acknowledged: Int
    private var keptFault: LatchedFault?
    var transmission = TransmissionWatch()
    /// The one set that a probe of a silent bus may send has gone out (S43).
    private var probeSet: Set<VictronFrameID> = []
    /// What was decided last.
    private var newest: Decision?
    /// Whether it knew of another sender.
    private var newestDuplicate = false
    /// Whether limits have been handed over since the bus was opened.
    private var hasBegun = false
    /// The limits that left last, as they were encoded.
    private var sent: EncodedLimits?
    private var refusedLimits = false
    var keepaliveShown = KeepaliveWatch.State.fine

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe parts.loop.executor.asUnownedSerialExecutor()
    }

    /// Creates a publisher that has sent nothing and knows no data.
    package init(_ parts: Dependencies) {
        self.parts = parts
        let now = parts.loop.now
        control = ChargeControl(parts.control, fault: parts.fault, after: parts.controller.value)
        duplicates = parts.senders.value ?? DuplicateSenderWatch()
        keptFault = parts.fault
        check = VictronLimitsCheck(
            maximumChargeVoltage: parts.control.maximumVoltage, maximumChargeCurrent: parts.control.maximumCharge,
            maximumDischargeCurrent: parts.control.maximumDischarge)
        schedule = PublishSchedule(period: parts.period, now: now)
        keepalive = KeepaliveWatch(parts.keepalive, now: now)
        inverter = InverterPicture(address: parts.address)
        acknowledged = parts.acknowledgements.value ?? 0
    }

    package func run() async throws {
        for slot in parts.reports {
            // Inline, in the turn in which the poller stores: no queue between sample and frame.
            slot.observe { [weak self] _ in self?.assumeIsolated { $0.receive() } }
        }
        arm()
        defer { end() }
        try await keepBusOpen()
    }

    // MARK: - Steps

    /// A pack's newest report is there: decide, and let a falling limit leave at once (S6).
    private func receive() {
        let now = parts.loop.now
        let decision = decide(now)
        if decision.transmits, !wasTransmitting {
            take(decision, now)
        } else {
            if let sent, sent.isAbove(decision) { transmit(.limits, decision, now) }
            show(decision, now)
        }
        parts.beat()
    }

    /// The schedule's timer: send the frame that is due. Limits are decided afresh; another frame may be of a decision
    /// of this period whose age has not changed what it says (S3): a new report would have brought a new one.
    private func tick(_ now: Instant) {
        guard wasTransmitting, let newest, schedule.next(now: now) != .limits, newest.holds(at: now),
            now - newest.made < parts.period, duplicates.isAlarmed(now: now) == newestDuplicate,
            acknowledged == parts.acknowledgements.value
        else { return take(decide(now), now) }
        if let id = schedule.take(now: now) { transmit(id, newest, now) }
        parts.beat()
        arm()
    }

    /// Sends the frame that is due, a full set from the beginning where nothing was sent before. The first 0x351 is of
    /// the very decision that began it: a second one would already have risen (S5).
    private func take(_ decision: Decision, _ now: Instant) {
        if decision.transmits, !wasTransmitting { schedule.restart(now: now) }
        wasTransmitting = decision.transmits
        if let id = schedule.take(now: now) { transmit(id, decision, now) }
        show(decision, now)
        parts.beat()
        arm()
    }

    /// The first set on a bus that was opened: whatever was decided while there was none, nobody has heard it (S5).
    func beginOnBus() {
        let now = parts.loop.now
        // Whoever had the bus before may have sent a frame just now (S40).
        let begin = now + PublishSchedule.spacing
        control.beginPublishing(now: begin)
        hasBegun = false
        restartSchedule(from: begin)
        arm()
    }

    /// A full set at once, where the bus came back from bus-off (S42).
    func restartSchedule(_ now: Instant) {
        restartSchedule(from: now)
        tick(now)
    }

    private func restartSchedule(from begin: Instant) {
        schedule.restart(now: begin)
        probeSet = []
        sent = nil
    }

    /// The 0x351 of now, if what left last allows more: after a late confirmation (S41).
    func refreshLimits(always: Bool) {
        let now = parts.loop.now
        let decision = decide(now)
        // What left late is corrected even by a gateway that fell silent meanwhile (S43).
        if always || sent?.isAbove(decision) ?? false { transmit(.limits, decision, now, isOwed: always) }
        show(decision, now)
    }

    private func decide(_ now: Instant) -> Decision {
        let decision = step(now)
        newest = decision
        return decision
    }

    private func step(_ now: Instant) -> Decision {
        let count = parts.acknowledgements.value ?? 0
        let acknowledges = count != acknowledged
        acknowledged = count
        if acknowledges {
            duplicates.settle()
            parts.senders.store(duplicates)
        }
        newestDuplicate = duplicates.isAlarmed(now: now)
        // While the bus refuses the first limits they must not rise unheard (S5).
        if bus != nil, !hasBegun { control.beginPublishing(now: now) }
        return control.step(
            .init(
                reports: parts.reports.compactMap(\.value), duplicateBMS: newestDuplicate,
                acknowledgeFaults: acknowledges),
            now: now)
    }

    /// Tells everybody else what was decided: after the frame, which waits for nobody.
    private func show(_ decision: Decision, _ now: Instant) {
        let news = updatePicture(decision, now)
        // Only now: whoever is told of a change finds it in the picture.
        for event in decision.events { parts.report(GatewayEvent(event)) }
        if control.fault != keptFault {
            keptFault = control.fault
            parts.keepFault(control.fault)
        }
        for event in news { parts.report(event) }
    }

    /// Tells everybody else what became of the bus, beside what was decided last.
    func showBus(_ event: GatewayEvent) {
        let now = parts.loop.now
        let news = newest.map { updatePicture($0, now) } ?? []
        for event in [event] + news { parts.report(event) }
    }

    /// Returns what changed on the bus.
    private func updatePicture(_ decision: Decision, _ now: Instant) -> [GatewayEvent] {
        let news = observeInverter(now, transmitting: decision.transmits)
        parts.picture.store(
            GatewayPicture(decision: decision, reports: parts.reports.compactMap(\.value), inverter: inverter))
        return news
    }

    /// Encodes and sends in the same turn in which the decision was made: nothing awaits in between (S3).
    private func transmit(_ id: VictronFrameID, _ decision: Decision, _ now: Instant, isOwed: Bool = false) {
        guard let bus, decision.transmits, isOwed || mayTransmit(id, now) else { return }
        guard let frame = VictronMapping.frame(id, from: decision, identity: parts.identity),
            let wire = CANFrame(UInt32(frame.identifier), frame.data)
        else { return }
        if id == .limits, let mismatch = check.mismatch(frame, decision: decision) {
            if !refusedLimits { parts.report(.limitsRefused(mismatch)) }
            refusedLimits = true
            return
        }
        if id == .limits { transmission.wanted(at: now) }
        do throws(LinkError) {
            try bus.send(wire)
            // It takes frames again.
            inverter.problem = nil
            if id == .limits {
                refusedLimits = false
                hasBegun = true
                sent = EncodedLimits(frame)
                transmission.sent(at: now)
                control.sent(decision)
            }
        } catch {
            // A congested bus is a state: the counters show it and the next slot tries again (S42).
            inverter.problem = error.description
        }
    }

    /// S43, `stop`: a probe may send one set, a closed bus nothing.
    private func mayTransmit(_ id: VictronFrameID, _ now: Instant) -> Bool {
        switch keepalive.permission(now: now) {
        case .transmit: true
        case .closed: false
        case .probe: probeSet.insert(id).inserted
        }
    }

    private func arm() {
        if let timer { parts.loop.cancel(timer) }
        timer = parts.loop.schedule(at: schedule.nextDue) { [weak self] in
            self?.assumeIsolated { $0.tick($0.parts.loop.now) }
        }
    }

    /// S56: stops sending; no farewell.
    private func end() {
        parts.controller.store(control)
        if let timer { parts.loop.cancel(timer) }
        timer = nil
        for slot in parts.reports { slot.endObservation() }
        bus?.close()
        bus = nil
    }
}

/// The limits of a 0x351 as they stand on the wire.
struct EncodedLimits: Sendable, Hashable {
    private let chargeVoltage: Double
    private let chargeCurrent: Double
    private let dischargeCurrent: Double

    init?(_ frame: VictronFrame) {
        let data = frame.data
        guard data.count >= 6 else { return nil }
        chargeVoltage = Double(UInt16(data[0]) | UInt16(data[1]) << 8) / 10
        chargeCurrent = Double(UInt16(data[2]) | UInt16(data[3]) << 8) / 10
        dischargeCurrent = Double(UInt16(data[4]) | UInt16(data[5]) << 8) / 10
    }

    /// Whether these limits allow more than a decision does, by a step of the wire: then a fresh frame must leave at
    /// once. The charge voltage counts only where a safety rule lowered it: ordinary shaping is slow (S6).
    func isAbove(_ decision: Decision) -> Bool {
        if chargeCurrent > decision.chargeCurrent.value + 1e-6 { return true }
        if dischargeCurrent > decision.dischargeCurrent.value + 1e-6 { return true }
        guard chargeVoltage > decision.chargeVoltage.value + 1e-6 else { return false }
        // Old data shapes no voltage: whatever is the least of several equal reasons, the age asked for it.
        if decision.stage != .live { return true }
        switch decision.chargeVoltage.contributions.first?.rule {
        case .cellVoltageMissing, .bmsLimit, .configuredMaximum: return true
        default: return decision.mode == .fault
        }
    }
}

/// Follows whether frames that were handed over really leave (S41, S42).
struct TransmissionWatch: Sendable {
    /// No confirmed 0x351 for this long is an alarm.
    private static let patience: Duration = .seconds(3)
    /// A confirmation this late is followed at once by a fresh frame.
    private static let late: Duration = .seconds(1)
    /// A healthy controller that confirms nothing for this long has lost the confirmation.
    private static let stuck: Duration = .seconds(10)

    /// When a 0x351 was due that has not left yet, whether the bus took it or not.
    private var wantedSince: Instant?
    /// When the bus took one that it has not confirmed yet.
    private var waitingSince: Instant?
    /// When the controller recovered from its last trouble.
    private var recovered: Instant?

    /// Notes that a 0x351 is due: one that the bus refuses leaves as little as one that waits in it.
    mutating func wanted(at now: Instant) { wantedSince = wantedSince ?? now }

    /// Notes that the bus took it.
    /// It holds one of an id at most: whatever waited before has been given up, as the queue of an interface that went down.
    mutating func sent(at now: Instant) { waitingSince = now }

    /// Notes a state of the controller. An interface that goes down empties its queue; one that is well again has its time
    /// to get rid of what waited in it.
    mutating func saw(_ state: CANState, at now: Instant) {
        if state == .down { waitingSince = nil }
        if state == .errorActive { recovered = now }
    }

    /// Notes a confirmation; returns whether it came late.
    mutating func confirmed(at now: Instant) -> Bool {
        wantedSince = nil
        guard let since = waitingSince else { return false }
        waitingSince = nil
        return now - since > Self.late
    }

    /// Whether frames are due and none leaves.
    func isLost(now: Instant) -> Bool { wantedSince.map { now - $0 > Self.patience } ?? false }

    /// Whether only a new start of the bus helps: its frame left, as the controller is well, but nobody said so.
    ///
    /// Never while the controller is in trouble: each new start would put one more old frame into its queue (S41).
    func isStuck(_ state: CANState, now: Instant) -> Bool {
        guard state == .errorActive, let waitingSince else { return false }
        return now - max(waitingSince, recovered ?? waitingSince) > Self.stuck
    }
}
