package import Battery

/// From the event log to the alarms that are active now.
///
/// The live registers say only "fault"; which one is known from the log alone (tinybms.md 12). An evidence is believed
/// against the safe side as little as possible:
///
/// - A cutoff is active until its recovery id comes later. In the same second the order in the log decides, and where
///   that cannot be told the cutoff stays.
/// - A recovery can be lost (the log holds 49 records). So a fault also ends when the status, measured at least 10 s of
///   BMS time after the cutoff, is a known one other than fault: the BMS itself then says that nothing is wrong. Before
///   that, and with an unknown status, the fault stays. To end it wrongly would let the inverter charge against an open
///   switch, which the cell and temperature rules of the gateway still see; to keep it wrongly would stop a healthy
///   battery for good, which nothing would ever end.
/// - Warnings do not show in the status. A lost recovery is made good only by what contradicts the warning: charging ends
///   "low temperature charging cutoff", discharging ends "fully discharged cutoff".
/// - "System started" ends what came before it once the BMS has run 10 s and its status is a known one other than fault;
///   a restart with the fault still present brings the fault status at once, and its own record. Until then the old
///   evidence stays: under a fault status it is the best guess about its cause.
/// - A fault status that no record explains is an internal alarm of the BMS and forbids charging.
package enum TinyBMSEvents {
    /// BMS time that the status must be newer than a cutoff, to speak against it.
    package static let settling: UInt64 = 10
    /// Seconds after which the timestamps in the log wrap (194 days).
    package static let wrap: UInt64 = 1 << 24

    /// The alarms that are active.
    ///
    /// - Parameters:
    ///   - events: The whole log, in the order of the answer.
    ///   - bmsTime: BMS time of the answer, s.
    ///   - status: Register 50.
    ///   - statusTime: BMS time at which the status was read, s (register 32 of the same block).
    /// - Returns: Kinds at their severity, and what the BMS forbids by them.
    package static func alarms(
        _ events: [TinyBMSEventRecord], bmsTime: UInt32, status: UInt16, statusTime: UInt32
    ) -> AlarmSet {
        var alarms = AlarmSet()
        var explained = false
        for event in active(events, bmsTime: bmsTime, status: status, statusTime: statusTime) {
            guard let kind = event.alarm else { continue }
            let isFault = TinyBMSEvent.severity(of: event.identifier) == .fault
            explained = explained || isFault
            alarms.raise(kind, isFault ? .alarm : .warning)
            alarms.forbidsCharge = alarms.forbidsCharge || event.forbidsCharge
            alarms.forbidsDischarge = alarms.forbidsDischarge || event.forbidsDischarge
        }
        if TinyBMSStatus(rawValue: status) == .fault, !explained {
            alarms.raise(.bmsInternal, .alarm)
            alarms.forbidsCharge = true
        }
        return alarms
    }

    /// The conditions that are active, oldest first. Parameters as for `alarms`.
    package static func active(
        _ events: [TinyBMSEventRecord], bmsTime: UInt32, status: UInt16, statusTime: UInt32
    ) -> [TinyBMSEvent] {
        let log = ordered(events, bmsTime: bmsTime)
        let status = TinyBMSStatus(rawValue: status)
        let started = log.last { $0.identifier == TinyBMSEvent.systemStarted }?.time
        var active: [TinyBMSEvent] = []
        for (position, record) in log.enumerated() {
            guard let event = condition(record.identifier) else { continue }
            // The newest record of a condition speaks for it.
            guard !log[(position + 1)...].contains(where: { $0.identifier == record.identifier }) else { continue }
            if let recovery = event.recovery, isOver(record, by: recovery, in: log, after: position) { continue }
            let spoken = UInt64(statusTime)
            if isContradicted(event, by: status), spoken >= record.time + settling { continue }
            if let started, started >= record.time, let status, status != .fault, spoken >= started + settling {
                continue
            }
            active.append(event)
        }
        return active
    }

    /// Seconds of BMS time at which an event happened: its 24 bits joined to the BMS clock.
    ///
    /// A timestamp later than the clock modulo 2^24 belongs to the wrap before (tinybms.md 4.3). One or two seconds later
    /// it is the same second, read just before the clock ticked.
    package static func time(of timestamp: UInt32, bmsTime: UInt32) -> UInt64 {
        let low = UInt64(timestamp & 0xFF_FFFF)
        let now = UInt64(bmsTime)
        let here = now / wrap * wrap + low
        if here <= now + 2 { return here }
        return here >= wrap ? here - wrap : low
    }

    // MARK: - Private

    /// A record with its full time.
    private struct Moment {
        var time: UInt64
        var identifier: UInt8
        /// Whether the order among records of the same second is known.
        var isOrdered: Bool
    }

    private static func condition(_ identifier: UInt8) -> TinyBMSEvent? {
        if let event = TinyBMSEvent.all[identifier] { return event.alarm == nil ? nil : event }
        return TinyBMSEvent.severity(of: identifier) == .fault ? TinyBMSEvent.undocumentedFault(identifier) : nil
    }

    private static func isOver(_ record: Moment, by recovery: UInt8, in log: [Moment], after position: Int) -> Bool {
        log[(position + 1)...].contains {
            $0.identifier == recovery && ($0.time > record.time || $0.isOrdered)
        }
    }

    /// Whether a status shows that a condition has ended.
    private static func isContradicted(_ event: TinyBMSEvent, by status: TinyBMSStatus?) -> Bool {
        guard let status, status != .fault else { return false }
        switch event.identifier {
        case 0x31: return status == .discharging
        case 0x37: return status == .charging
        default: return true
        }
    }

    /// The log oldest first. Which end of an answer is the newer is not documented, so the times tell.
    private static func ordered(_ events: [TinyBMSEventRecord], bmsTime: UInt32) -> [Moment] {
        let times = events.filter { $0.identifier != 0 }.map {
            (time: time(of: $0.timestamp, bmsTime: bmsTime), identifier: $0.identifier)
        }
        // Most steps tell the direction; one against it is the place where a ring begins or where the times wrapped.
        let steps = zip(times, times.dropFirst())
        let rises = steps.count { $0.time < $1.time }
        let falls = steps.count { $0.time > $1.time }
        // Records of one second keep the answer's order, turned round where the answer runs backwards.
        let forward = falls > rises ? Array(times.reversed()) : times
        return forward.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map { Moment(time: $0.element.time, identifier: $0.element.identifier, isOrdered: rises != falls) }
    }
}
