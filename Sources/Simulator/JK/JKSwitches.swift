/// The two switches of a JK board: closed unless they are told to be open or a protection acts.
///
/// The pack's own protection closes the charge switch only once a charger is there; a JK board keeps it closed at rest.
struct JKSwitches: Sendable, Hashable {
    /// Whether the host wants the charge switch closed.
    var charge = true
    /// Whether the host wants the discharge switch closed.
    var discharge = true

    /// What the outside may want of the pack through switches that are told to be open.
    func demand(_ demand: Double) -> Double {
        if demand > 0 { return charge ? demand : 0 }
        return discharge ? demand : 0
    }

    /// Whether current can flow in.
    func isChargeClosed(_ pack: PackModel) -> Bool {
        if let stuck = pack.chargeSwitchStuck { return stuck }
        guard charge else { return false }
        return pack.protection.hasCharger ? pack.protection.chargeClosed : !isActive(pack, where: \.blocksCharge)
    }

    /// Whether current can flow out.
    func isDischargeClosed(_ pack: PackModel) -> Bool {
        if let stuck = pack.dischargeSwitchStuck { return stuck }
        return discharge && pack.protection.dischargeClosed
    }

    /// Limits as a JK board has them: charging ends at over-voltage, there is no end of charge by current.
    static func limits(for parameters: PackParameters) -> ProtectionLimits {
        var limits = ProtectionLimits(parameters)
        limits.fullCell = limits.overVoltageCell
        limits.emptyCell = limits.underVoltageCell
        limits.finishedCurrent = -.infinity
        limits.allowedSpread = 10
        return limits
    }

    private func isActive(_ pack: PackModel, where stops: (CutOff) -> Bool) -> Bool {
        CutOff.allCases.contains { stops($0) && pack.protection.isActive($0) }
    }
}
