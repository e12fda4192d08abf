/// What is broken around the cells of a pack, or acts on it from outside.
package struct PackDamage: Sendable, Hashable {
    /// Resistance of a short circuit between the terminals, behind the switches, Ω; infinite without one.
    package var shortResistance = Double.infinity
    /// Resistance of moisture across the string, before the switches, past the current sensor, Ω; infinite when dry.
    package var moistureResistance = Double.infinity
    /// Current of something that nobody steers, A: positive from a charger, negative into a load.
    package var foreignCurrent = 0.0
    /// Part of the usual cooling that is left, above 0 and at most 1.
    package var cooling = 1.0
    /// Heat of a failing part on the BMS's board, W.
    package var boardHeating = 0.0

    /// Creates a sound pack's record.
    package init() {}
}
