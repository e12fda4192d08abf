import InverterProtocols

/// What the GX's charge control makes of the limits of a make it knows (protocols/victron-can.md 7).
enum GXQuirk {
    /// The set-points that reach the inverter. A make that the GX does not know is obeyed to the letter.
    static func applied(
        chargeVoltage: Double?, chargeCurrent: Double, dischargeCurrent: Double, dischargeVoltage: Double?,
        brand: VictronBrand?, capacity: Double?
    ) -> GXBelief.AppliedLimits {
        var limits = GXBelief.AppliedLimits(
            chargeVoltage: chargeVoltage, chargeCurrent: max(0, chargeCurrent),
            dischargeCurrent: max(0, dischargeCurrent), dischargeVoltage: dischargeVoltage)
        guard let voltage = chargeVoltage, let product = brand?.productIdentifiers.first else { return limits }
        switch product {
        case 0xB004: limits.chargeVoltage = min(voltage, 57.3)
        case 0xB009 where voltage <= 54:
            limits.chargeVoltage = voltage > 30 ? min(voltage, 52.8) : min(max(voltage, 27.6), 27.8)
            limits.chargeCurrent = max(limits.chargeCurrent, (capacity ?? 0) / 4)
        case 0xB00A where limits.chargeCurrent == 0:
            limits.chargeCurrent = 40
            limits.chargeVoltage = min(voltage, 55.0)
        case 0xB029:
            limits.chargeVoltage = min(voltage, limits.chargeCurrent < 0.1 ? 55.2 : 56.0)
            limits.chargeCurrent = max(limits.chargeCurrent, (capacity ?? 0) / 5)
        default: break
        }
        return limits
    }
}
