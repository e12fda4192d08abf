/// S7: data that is fresh is not stale, however constant: in a calm world the frames say so and the limits are not zero for
/// ever. And the pairs of 0x35A the right way round (S25).
struct LivenessCheck {
    private var zeroCharge: Int64?
    private var zeroDischarge: Int64?
    /// Since when 0x356 has said the opposite of what the packs say.
    private var reversed: Int64?

    /// Every wait that a rule knows is over by then, with distance.
    private static let patience = 180 * second
    private static let calm = 30 * second

    mutating func processBegan() { self = LivenessCheck() }

    mutating func sent(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict, isDuplicated: Bool) {
        let now = scene.now
        zeroCharge = limits.charge > 0 ? nil : zeroCharge ?? now
        zeroDischarge = limits.discharge > 0 ? nil : zeroDischarge ?? now
        guard zeroCharge != nil || zeroDischarge != nil, !isDuplicated else { return }
        guard let quiet = scene.quietSince(steadyFor: Self.calm), scene.packs.allSatisfy({ !$0.mayBeLatched }) else {
            return
        }
        var fine = quiet
        for pack in scene.packs {
            guard let since = pack.fineSince else { return }
            fine = max(fine, since)
        }
        // As long as a BMS itself may forbid it, DCL is 0 for its sake.
        let charged = scene.packs.lazy.map(\.lastEmpty).max() ?? 0
        for (name, zero, fine) in [("CCL", zeroCharge, fine), ("DCL", zeroDischarge, max(fine, charged))] {
            guard let zero, now - max(zero, fine) > Self.patience else { continue }
            verdict.condemn(.s7, name, at: now) {
                "\(name) has been 0 for \(seconds(now - zero)), and all cells, temperatures and wires are well since \(seconds(fine))"
            }
        }
    }

    /// A 0x356 was handed over: current charges when it is positive, as in the answers.
    mutating func takenMeasurements(_ data: [UInt8], _ scene: Scene, _ verdict: inout Verdict) {
        let since = reversed ?? scene.now
        reversed = nil
        guard data.count >= 4, let first = scene.packs.first?.direction else { return }
        let current = Double(Int16(bitPattern: UInt16(data[2]) | UInt16(data[3]) << 8)) / 10
        guard abs(current) > 2, (current > 0) != first.isCharge else { return }
        reversed = since
        // Where a poll has several questions, the current may have turned round behind the cells.
        guard scene.now - since >= scene.packs.lazy.map(\.readingTime).max() ?? 0 else { return }
        // A second for the frame, and what the data may be old.
        let isSure = scene.packs.allSatisfy { pack in
            pack.direction.map { $0.isCharge == first.isCharge && scene.now - $0.since > 5 * second } ?? false
                && pack.isSteady(at: scene.now, for: 5 * second)
        }
        guard isSure else { return }
        verdict.condemn(.s25, "current", at: scene.now) {
            "0x356 says \(decimal(current)) A while every pack is \(first.isCharge ? "charging (+)" : "discharging (-)")"
        }
    }

    func taken(_ alarms: AlarmPairs, _ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        if alarms.highVoltageAlarm == AlarmPairs.active, alarms.lowVoltageAlarm == AlarmPairs.active,
            scene.packs.allSatisfy({ !$0.hadVoltageAlarm })
        {
            verdict.condemn(.s25, "pairs", at: now) {
                "alarms high voltage and low voltage are both 1 (active), and no cell was ever near either: 2 means OK"
            }
        }
        guard alarms.systemStatus == AlarmPairs.offline, let quiet = scene.quietSince(steadyFor: Self.calm),
            now - quiet > Self.calm, scene.packs.allSatisfy({ $0.fineSince.map { now - $0 > Self.calm } ?? false })
        else { return }
        verdict.condemn(.s7, "status", at: now) {
            "system status is offline, and every pack has answered in time since \(seconds(quiet))"
        }
    }
}
