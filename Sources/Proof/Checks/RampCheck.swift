/// S6: CCL and DCL rise by at most 10 % of the configured maximum a second. And the first frame of S5: CCL at most 10 %,
/// DCL as calculated.
struct RampCheck {
    private var charge: Envelope?
    private var discharge: Envelope?

    /// Part of the configured maximum that a second may add.
    private static let rate = 0.1
    /// A rise is made in steps of frames that come 100 ms early (S40), and is rounded to 0.1 A; s of the rate and A.
    private static let slack = (time: 0.25, current: 0.11)
    /// Without frames for longer a GX has lost the battery: what DCL was before counts no more. Nor does it when the sender
    /// may have begun anew: DCL is as calculated then (S5).
    private static let forgotten = 3 * second

    /// What a limit may be by now.
    private struct Envelope {
        var value: Double
        var at: Int64

        mutating func rise(to now: Int64, rate: Double) {
            value += rate * Double(now - at) / 1e6
            at = now
        }
    }

    mutating func processBegan() { self = RampCheck() }

    mutating func taken(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        guard let standards = scene.standards else { return }
        checkCharge(limits, scene, Self.rate * standards.maximumCharge, &verdict)
        checkDischarge(limits, scene, Self.rate * standards.maximumDischarge, &verdict)
    }

    // MARK: - Private

    private mutating func checkCharge(_ limits: Limits, _ scene: Scene, _ rate: Double, _ verdict: inout Verdict) {
        let now = scene.now
        guard var envelope = charge else {
            charge = Envelope(value: limits.charge, at: now)
            if limits.charge > rate + Tolerance.step {
                verdict.condemn(.s5, "CCL", at: now) {
                    "CCL of \(decimal(limits.charge)) A in the first frame, at most \(decimal(rate)) A"
                }
            }
            return
        }
        // While no pack could contribute CCL had to be 0, sent or not; the first frame after may hold a second's rise.
        let ready = scene.packs.lazy.map { $0.wasLost ? $0.readySince ?? now : $0.readySince ?? 0 }.min() ?? 0
        if ready > envelope.at { envelope = Envelope(value: rate, at: ready) }
        // That it is not 0 before is another sin.
        guard ready < now else { return }
        envelope.rise(to: now, rate: rate)
        // The first frame of a sender that begins anew may hold 10 % (S5).
        if scene.mayBeginAnew { envelope.value = max(envelope.value, rate) }
        judge("CCL", limits.charge, envelope.value, rate, now, &verdict)
        charge = Envelope(value: min(envelope.value, limits.charge), at: now)
    }

    private mutating func checkDischarge(_ limits: Limits, _ scene: Scene, _ rate: Double, _ verdict: inout Verdict) {
        let now = scene.now
        guard var envelope = discharge, now - envelope.at <= Self.forgotten, !scene.mayBeginAnew else {
            if discharge == nil, limits.discharge == 0,
                scene.packs.allSatisfy({ $0.fineSince != nil && !$0.mayBeEmpty })
            {
                verdict.condemn(.s5, "DCL", at: now) {
                    "DCL of 0 A in the first frame although every cell is far from its minimum: an island switches off"
                }
            }
            discharge = Envelope(value: limits.discharge, at: now)
            return
        }
        envelope.rise(to: now, rate: rate)
        judge("DCL", limits.discharge, envelope.value, rate, now, &verdict)
        discharge = Envelope(value: min(envelope.value, limits.discharge), at: now)
    }

    private func judge(
        _ name: String, _ value: Double, _ most: Double, _ rate: Double, _ now: Int64, _ verdict: inout Verdict
    ) {
        guard value > most + Self.slack.time * rate + Self.slack.current else { return }
        verdict.condemn(.s6, name, at: now) {
            "\(name) of \(decimal(value)) A, at \(decimal(rate)) A a second it may be \(decimal(most)) A by now"
        }
    }
}
