/// What the table of safety.md 1 says beside CCL and DCL: limits only fall while the data is old (with several packs by S9),
/// CVL falls to rest voltage at NO-CHARGE, and the frames say that something is wrong.
struct StageCheck {
    private var previous: Limits?
    private var previousAt: Int64 = 0
    /// What was handed over when cells had been missing for a frame's time (S24).
    private var withoutCells: Limits?

    mutating func processBegan() { self = StageCheck() }

    mutating func taken(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        defer { (previous, previousAt) = (limits, scene.now) }
        guard let standards = scene.standards, let youngest = scene.youngest else { return }
        if let previous {
            checkRise(from: previous, to: limits, scene, standards, &verdict)
            if youngest > standards.noCharge + Tolerance.handOver {
                checkChargeVoltage(from: previous, to: limits, scene, &verdict)
            }
        }
        checkMissingCells(limits, scene, &verdict)
    }

    func taken(_ alarms: AlarmPairs, _ scene: Scene, _ verdict: inout Verdict) {
        guard let standards = scene.standards, let youngest = scene.youngest else { return }
        let now = scene.now
        if youngest > standards.noCharge + Tolerance.set {
            if alarms.internalAlarm != AlarmPairs.active {
                verdict.condemn(.stages, "alarm", at: now) {
                    "alarm BMS internal is \(alarms.internalAlarm), not 1 (active), with data \(seconds(youngest)) old"
                }
            }
            if alarms.systemStatus != AlarmPairs.offline {
                verdict.condemn(.stages, "status", at: now) {
                    "system status is \(alarms.systemStatus), not 1 (offline), with data \(seconds(youngest)) old"
                }
            }
        } else if youngest > standards.hold + Tolerance.set, alarms.internalAlarm != AlarmPairs.active,
            alarms.internalWarning != AlarmPairs.active
        {
            verdict.condemn(.stages, "warning", at: now) {
                "warning BMS internal is \(alarms.internalWarning), not 1 (active), with data \(seconds(youngest)) old"
            }
        }
    }

    func takenModules(_ data: [UInt8], _ scene: Scene, _ verdict: inout Verdict) {
        guard let standards = scene.standards, let youngest = scene.youngest, data.count >= 8,
            youngest > standards.noCharge + Tolerance.set, data[6] == 0, data[7] == 0
        else { return }
        verdict.condemn(.stages, "modules", at: scene.now) { "no module offline with data \(seconds(youngest)) old" }
    }

    // MARK: - Private

    private func checkRise(
        from old: Limits, to new: Limits, _ scene: Scene, _ standards: Standards, _ verdict: inout Verdict
    ) {
        let hasRisen =
            new.charge > old.charge + Tolerance.step || new.discharge > old.discharge + Tolerance.step
            || new.chargeVoltage > old.chargeVoltage + Tolerance.step
        guard hasRisen else { return }
        let late = scene.packs.lazy.filter { $0.isAdmitted(at: scene.now) }
            .compactMap { $0.age(at: scene.now) }
            .filter { $0 > standards.hold + Tolerance.handOver && $0 < 60 * second }.max()
        // "Last" are the limits as they were when the data became old, and they may have risen since the frame before that.
        guard let late, previousAt >= scene.now - (late - standards.hold) else { return }
        let rule: Rule = scene.packs.count > 1 ? .s9 : .stages
        verdict.condemn(rule, "rise", at: scene.now) {
            "limits rose from \(old.words) to \(new.words) with data \(seconds(late)) old (they may only fall after "
                + "\(seconds(standards.hold)))"
        }
    }

    private func checkChargeVoltage(from old: Limits, to new: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        let rest = scene.packs.lazy.map { $0.restingVoltage(at: scene.now) }.max() ?? 0
        let most = min(old.chargeVoltage, rest)
        guard new.chargeVoltage > most + 2 * Tolerance.step else { return }
        verdict.condemn(.stages, "CVL", at: scene.now) {
            "CVL of \(decimal(new.chargeVoltage)) V at NO-CHARGE, at most \(decimal(most, 2)) V"
        }
    }

    private mutating func checkMissingCells(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        guard scene.packs.count == 1, let pack = scene.packs.first,
            pack.noCell.lasts(at: scene.now, longerThan: Tolerance.nextFrame)
        else {
            withoutCells = nil
            return
        }
        let base = withoutCells ?? limits
        withoutCells = base
        guard
            limits.discharge > base.discharge + Tolerance.step
                || limits.chargeVoltage > base.chargeVoltage + Tolerance.step
        else { return }
        verdict.condemn(.s24, "rise", at: scene.now) {
            "limits rose from \(base.words) to \(limits.words) while no cell voltage is known"
        }
    }
}

extension PackScene {
    /// What CVL falls to at NO-CHARGE, V: of resting cells, or where the chemistry has no plateau of the cells as last
    /// seen, which never count lower than 3.6 V (NMC) or 2.3 V (LTO).
    fileprivate func restingVoltage(at now: Int64) -> Double {
        // Whoever believed a falsified answer may have refused the good ones behind it, as they contradict it.
        if let falsified, now - falsified < 60 * second { return Double(settings.cells) * 5 }
        let least = settings.maximumCell > 3.2 ? 3.6 : 2.3
        return Double(settings.cells) * (settings.restVoltage ?? max(least, means.max() ?? settings.maximumCell))
    }
}

extension Limits {
    /// For people.
    var words: String { "CVL \(decimal(chargeVoltage)) V, CCL \(decimal(charge)) A, DCL \(decimal(discharge)) A" }
}
