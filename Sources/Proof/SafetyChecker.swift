/// Holds a gateway against safety.md by what an onlooker sees, while it runs.
///
/// It knows the specifications and nothing of the gateway. What it sees of the serial wires becomes two views: what the
/// gateway *may* have believed, which excuses a limit, and what it *must* have believed, which obliges it. Where the
/// specification leaves a choice, both readings are allowed, save the one that charges without a reason. Memory is
/// constant but for the verdict, which is bounded.
package struct SafetyChecker: Onlooker, Sendable {
    /// What was found.
    package private(set) var verdict = Verdict()
    /// The sins in words, in the order of time.
    package var violations: [Violation] { verdict.violations }

    private var scene = Scene()
    private let gate = GateCheck()
    private let limitsCheck = LimitsCheck()
    private let publishedCheck = PublishedCheck()
    private var stages = StageCheck()
    private var wire = WireCheck()
    private var ramp = RampCheck()
    private var cadence = CadenceCheck()
    private var liveness = LivenessCheck()
    private var bus = BusCheck()

    package init() {}

    package mutating func saw(_ happening: Happening, at microseconds: Int64) {
        end(at: microseconds)
        scene.take(happening)
        switch happening {
        case .processBegan: processBegan()
        case .frameTaken(let frame): taken(frame)
        case .framesDiscarded: wire.discarded()
        case .frameSent(let frame): sent(frame)
        case .frameHeard(let frame): bus.heard(frame, scene)
        case .bus(let isUsable):
            wire.bus(isUsable: isUsable)
            if !isUsable { bus.busFailed() }
        case .published(let pack, let stage, let age, let hasValues):
            publishedCheck.published(
                pack: pack, stage: stage, age: age, hasValues: hasValues, scene, &verdict)
        case .confirmed, .entered, .processEnded, .bytesToBMS, .said, .bytesFromBMS, .wallClockSet, .fault: break
        }
    }

    /// Nothing happened until now: what is overdue counts as missing. Called once more when a world ends.
    package mutating func end(at microseconds: Int64) {
        scene.pass(to: microseconds)
        wire.pass(scene, &verdict)
        cadence.pass(scene, lastLate: wire.lastLate, &verdict)
    }

    // MARK: - Private

    private mutating func processBegan() {
        stages.processBegan()
        wire.processBegan()
        ramp.processBegan()
        cadence.processBegan()
        liveness.processBegan()
        bus.processBegan()
    }

    private mutating func taken(_ frame: CANFrameSeen) {
        let mayBeThere = gate.taken(frame, scene, &verdict)
        let isDue = wire.taken(frame, scene, &verdict)
        cadence.taken(frame, isDue: isDue, scene, &verdict)
        guard mayBeThere else { return }
        switch frame.id {
        case FrameID.limits:
            guard let limits = Limits(frame.data) else {
                verdict.condemn(.s26, "length", at: scene.now) { "a 0x351 of \(frame.data.count) bytes" }
                return
            }
            limitsCheck.taken(limits, scene, &verdict)
            stages.taken(limits, scene, &verdict)
            ramp.taken(limits, scene, &verdict)
            bus.taken(limits, scene, &verdict)
        case FrameID.alarms:
            guard let alarms = AlarmPairs(frame.data) else { return }
            stages.taken(alarms, scene, &verdict)
            liveness.taken(alarms, scene, &verdict)
        case FrameID.measurements: liveness.takenMeasurements(frame.data, scene, &verdict)
        case FrameID.modules: stages.takenModules(frame.data, scene, &verdict)
        default: break
        }
    }

    private mutating func sent(_ frame: CANFrameSeen) {
        wire.sent(frame, scene, &verdict)
        cadence.sent(frame, scene)
        bus.sent(frame, scene)
        guard frame.id == FrameID.limits, let limits = Limits(frame.data) else { return }
        liveness.sent(limits, scene, &verdict, isDuplicated: bus.isDuplicated(at: scene.now))
    }
}
