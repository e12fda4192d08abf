package import Battery
package import InverterProtocols

/// A GX device as a battery on its CAN port sees it: what it sends, what it believes, when it stops.
///
/// A pure state machine: frames and moments in, frames and changes out. Facts from protocols/victron-can.md 5 to 7.
package struct GXModel: Sendable {
    /// What the GX believes now.
    package internal(set) var belief = GXBelief() { didSet { mayHaveChanged = true } }
    /// What was counted on the bus.
    package internal(set) var statistics = GXStatistics()

    /// When the GX started.
    package let started: Instant
    /// When 0x305 and 0x307 are due.
    var nextKeepalive: Instant
    /// When DVCC writes next.
    var nextWrite: Instant
    /// When 0x351 last came in this connection.
    var lastLimits: Instant?
    /// Whether 0x35A came in this connection.
    var hasAlarms = false
    /// Until when the low-battery alarm of a loss stays.
    var lowBatteryUntil: Instant?
    /// Names as they came in this connection.
    var naming = GXNaming()
    /// Tells two senders of 0x351.
    var senders = GXSenderWatch()
    /// What the frames of this connection said; it becomes belief once the battery is present.
    var received = GXBelief()
    /// Observations that stay: what was once on the bus was there.
    var lasting: Set<GXObservation> = []
    private var published = GXBelief()
    /// Whether belief was touched since it was compared with what was published.
    private var mayHaveChanged = true
    /// The newest data of each frame of this connection.
    var heard: [VictronFrameID: [UInt8]] = [:]

    /// What a call of `advance` has to say.
    package struct Step: Sendable, Hashable {
        /// Frames that the GX sends now.
        package var frames: [VictronFrame] = []
        package var changes: [GXChange] = []
    }

    /// Creates a GX that has just started and hears nothing yet.
    package init(started: Instant) {
        self.started = started
        nextKeepalive = started
        nextWrite = started
    }

    /// The next moment at which `advance` has something to do.
    package var nextAction: Instant {
        var next = min(nextKeepalive, nextWrite)
        if belief.isConnected, let lastLimits { next = min(next, lastLimits + GXRules.limitsTimeout) }
        if belief.isConnected, let lowBatteryUntil { next = min(next, lowBatteryUntil) }
        return next
    }

    /// Lets time pass up to a moment: keepalives, the 3 s rule, the writing of set-points.
    package mutating func advance(to now: Instant) -> Step {
        var step = Step()
        while nextAction <= now {
            let moment = nextAction
            expire(at: moment)
            if nextKeepalive <= moment {
                step.frames += Self.keepalives
                statistics.keepalivesSent += 1
                nextKeepalive = moment + GXRules.keepalivePeriod
                // After a long pause one keepalive is due, not all that were missed.
                if nextKeepalive <= now - GXRules.keepalivePeriod { nextKeepalive = now }
            }
            if nextWrite <= moment {
                write()
                nextWrite = moment + GXRules.writePeriod
                if nextWrite <= now - GXRules.writePeriod { nextWrite = now }
            }
            step.changes += changes(at: moment)
        }
        return step
    }

    /// Hears one frame of another sender on the bus.
    package mutating func receive(
        identifier: UInt32, data: [UInt8], isExtended: Bool, at now: Instant
    ) -> [GXChange] {
        var found: [GXChange] = []
        if let lastLimits, belief.isConnected, lastLimits + GXRules.limitsTimeout <= now {
            // The battery was gone before this frame came: say so with the moment at which it went.
            let moment = lastLimits + GXRules.limitsTimeout
            expire(at: moment)
            found += changes(at: moment)
        }
        statistics.note(at: started.duration(to: now))
        if isExtended {
            statistics.framesIgnored += 1
            lasting.insert(.extendedFrames)
        } else if let short = UInt16(exactly: identifier), let frame = VictronFrame(identifier: short, data: data),
            let id = frame.id
        {
            // A frame that repeats the one before says nothing new, but for the limits, which are a sign of life.
            if id == .limits || !belief.isConnected || heard[id] != data {
                heard[id] = data
                take(VictronMessage(id, data), id, frame, at: now)
            }
        } else {
            statistics.framesIgnored += 1
        }
        expire(at: now)
        return found + changes(at: now)
    }

    // MARK: - Private

    private static let keepalives: [VictronFrame] = [
        VictronMessage.keepalive(Array(repeating: 0, count: 8)).frame,
        VictronMessage.inverterIdentity(VictronMessage.inverterIdentityBytes).frame,
    ].compactMap(\.self)

    /// What changed since the last time, with its moment.
    private mutating func changes(at now: Instant) -> [GXChange] {
        var observations = lasting
        if senders.isDuplicate { observations.insert(.duplicateSender) }
        if statistics.isFlooded { observations.insert(.frameFlood) }
        if belief.takenFor != nil { observations.insert(.brandName) }
        if observations != belief.observations { belief.observations = observations }
        guard mayHaveChanged else { return [] }
        mayHaveChanged = false
        guard belief != published else { return [] }
        published = belief
        return [GXChange(time: started.duration(to: now), belief: belief)]
    }
}
