import Battery

/// Decisions for tests of the GX.
enum GXDecisions {
    static func live(ccl: Double = 100) -> Decision {
        var picture = BatteryPicture()
        picture.voltage = 52
        picture.current = 10
        picture.stateOfCharge = 50
        picture.modulesOnline = 1
        let now = GXBench.origin
        return Decision(
            made: now, evidence: now, stage: .live, mode: .bulk, chargeVoltage: Limit(value: 55.2, contributions: []),
            chargeCurrent: Limit(value: ccl, contributions: []),
            dischargeCurrent: Limit(value: 120, contributions: []), dischargeVoltage: 46.4, battery: picture,
            alarms: AlarmSet(), events: [], transmits: true)
    }
}
