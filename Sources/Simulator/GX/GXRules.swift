/// The times and names by which a GX goes (protocols/victron-can.md 5 to 7).
package enum GXRules {
    /// The GX sends 0x305 and 0x307 this often.
    package static let keepalivePeriod = Duration.seconds(1)
    /// Charging and discharging stop when 0x351 is missing this long.
    package static let limitsTimeout = Duration.seconds(3)
    /// DVCC writes new set-points this often.
    package static let writePeriod = Duration.seconds(3)
    /// The low-battery alarm that goes with a lost BMS clears more than 20 s after the battery is back.
    package static let lowBatteryClearing = Duration.seconds(21)
    /// More frames in a second are a flood.
    package static let floodThreshold = 300
    /// Alarm of the GX while the battery that it had is gone.
    package static let connectionLostAlarm = "bms_connection_lost"
    /// Alarm that accompanies it.
    package static let lowBatteryAlarm = "low_battery"
    /// The name of a battery that gives none.
    package static let fallbackName = "CAN-bus BMS battery"
}
