/// Whether each 0x351 that is handed over is excused by data: CCL and DCL against what the packs may contribute (S3, S6,
/// S8, S9, S23, S24, S27), and all three against signs and maxima (S25, S26).
struct LimitsCheck {
    func taken(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        guard let standards = scene.standards else { return }
        checkBounds(limits, scene, standards, &verdict)
        checkCharge(limits, scene, standards, &verdict)
        checkDischarge(limits, scene, standards, &verdict)
    }

    // MARK: - Private

    private func checkBounds(_ limits: Limits, _ scene: Scene, _ standards: Standards, _ verdict: inout Verdict) {
        for (name, value, most) in [
            ("CCL", limits.charge, standards.maximumCharge), ("DCL", limits.discharge, standards.maximumDischarge),
        ] {
            if value < 0 { verdict.condemn(.s25, name, at: scene.now) { "\(name) of \(decimal(value)) A" } }
            if value > most + Tolerance.step {
                verdict.condemn(.s26, name, at: scene.now) {
                    "\(name) of \(decimal(value)) A, configured are \(decimal(most)) A"
                }
            }
        }
        let most = standards.site.packs.lazy.map { Double($0.cells) * $0.maximumCell }.max() ?? 0
        if limits.chargeVoltage > most + Tolerance.step {
            verdict.condemn(.s26, "CVL", at: scene.now) {
                "CVL of \(decimal(limits.chargeVoltage)) V, cells at their maximum add up to \(decimal(most)) V"
            }
        }
        // A second before the 1.1 s of a new site are over, no floor is sure.
        guard scene.now - scene.confirmedAt > Tolerance.nextFrame else { return }
        let least = standards.site.packs.lazy.compactMap { pack in pack.restVoltage.map { $0 * Double(pack.cells) } }
            .min()
        if let least, limits.chargeVoltage < least - 2 * Tolerance.step {
            verdict.condemn(.stages, "CVL floor", at: scene.now) {
                "CVL of \(decimal(limits.chargeVoltage)) V, resting cells add up to \(decimal(least)) V: an inverter would discharge hard"
            }
        }
    }

    private func checkCharge(_ limits: Limits, _ scene: Scene, _ standards: Standards, _ verdict: inout Verdict) {
        guard limits.charge > 0 else { return }
        var allowed = 0.0
        var blamed: (pack: Int, objection: Objection)?
        for pack in scene.packs {
            guard let objection = pack.objectionToCharge(at: scene.now, noCharge: standards.noCharge) else {
                allowed += pack.settings.maximumCharge
                continue
            }
            if blamed == nil { blamed = (pack.settings.pack, objection) }
        }
        guard let blamed, limits.charge > allowed + Tolerance.step else { return }
        verdict.condemn(blamed.objection.rule(isLast: allowed == 0), "CCL", at: scene.now) {
            "CCL of \(decimal(limits.charge)) A handed over while pack \(blamed.pack) \(blamed.objection): "
                + "at most \(decimal(allowed)) A"
        }
    }

    private func checkDischarge(_ limits: Limits, _ scene: Scene, _ standards: Standards, _ verdict: inout Verdict) {
        guard limits.discharge > 0 else { return }
        let isCarried = scene.packs.contains { $0.isSteady(at: scene.now, for: Tolerance.nextFrame) }
        var allowed = 0.0
        var blamed: (pack: Int, objection: Objection)?
        for pack in scene.packs {
            let objection = pack.objectionToDischarge(
                at: scene.now, noCharge: standards.noCharge, stop: standards.stop, isCarried: isCarried)
            allowed += objection?.rest ?? pack.settings.maximumDischarge
            if blamed == nil, let objection { blamed = (pack.settings.pack, objection.0) }
        }
        guard let blamed, limits.discharge > allowed + Tolerance.step else { return }
        verdict.condemn(blamed.objection.rule(isLast: !isCarried), "DCL", at: scene.now) {
            "DCL of \(decimal(limits.discharge)) A handed over while pack \(blamed.pack) \(blamed.objection): "
                + "at most \(decimal(allowed)) A"
        }
    }
}
