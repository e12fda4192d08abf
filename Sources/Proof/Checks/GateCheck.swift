/// Whether anything may be sent at all: S64, S4, S5's two snapshots, and silence after SILENT (S3). And what a gateway
/// never sends (S43).
struct GateCheck {
    /// - Returns: whether the frame may be there, so that its content is worth a look.
    func taken(_ frame: CANFrameSeen, _ scene: Scene, _ verdict: inout Verdict) -> Bool {
        let now = scene.now
        if frame.id == FrameID.keepalive || frame.id == FrameID.inverter {
            verdict.condemn(.s43, "GX", at: now) { "\(frame.name) is the GX's own frame, a gateway never sends it" }
        }
        guard let standards = scene.standards, standards.site.isCommissioned else {
            verdict.condemn(.s64, "frame", at: now) {
                "\(frame.name) handed over although no user has confirmed the pack"
            }
            return false
        }
        guard let youngest = scene.youngest else {
            verdict.condemn(.s4, "frame", at: now) {
                "\(frame.name) handed over before any answer reached this process"
            }
            return false
        }
        let most = scene.packs.lazy.map(\.count).max() ?? 0
        guard most >= 2 else {
            verdict.condemn(.s5, "frame", at: now) { "\(frame.name) handed over after \(most) valid snapshot, not 2" }
            return false
        }
        let slack = frame.id == FrameID.limits ? Tolerance.handOver : Tolerance.set
        guard youngest <= standards.silent + slack else {
            verdict.condemn(.s3, "silent", at: now) {
                "\(frame.name) handed over when the newest data was \(seconds(youngest)) old "
                    + "(silence after \(seconds(standards.silent)))"
            }
            return false
        }
        return true
    }
}
