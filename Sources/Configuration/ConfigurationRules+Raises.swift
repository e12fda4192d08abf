/// Which changes raise a limit, or let data count for longer: over the network they want the password again (S75, S79).
extension ConfigurationRules {
    /// Which way a setting gives the inverter more.
    private enum Direction {
        case up
        case down
        /// Whatever it becomes.
        case any
    }

    /// Settings of a pack that limits are made of.
    private static let pack: [String: Direction] = [
        "chemistry": .any, "cells": .up, "capacity_ah": .up, "max_charge_a": .up, "max_discharge_a": .up,
        "max_cell_v": .up, "absorption_cell_v": .up, "float_cell_v": .up, "min_cell_v": .down, "charge_min_c": .down,
        "charge_max_c": .up, "discharge_min_c": .down, "discharge_max_c": .up,
    ]

    /// Settings of the whole.
    private static let whole: [String: Direction] = [
        "freshness.hold_s": .up, "freshness.no_charge_s": .up, "freshness.stop_s": .up, "freshness.silent_s": .up,
        "charge.absorption_max_min": .up, "charge.tail_c_rate": .down, "charge.rebulk_soc_percent": .up,
        "charge.force_below_soc_percent": .up, "charge.force_rise_percent": .up, "charge.ceiling_soc_percent": .up,
        "charge.ceiling_hysteresis_percent": .down,
        "charge.balance_hold": .up, "charge.balance_hold_max_min": .up, "charge.balance_current_a": .up,
        "bank.quorum_packs": .down, "bank.quorum_wait_s": .down, "bank.join_cell_v": .up,
        "can.allow_simulated": .up, "can.keepalive.on_timeout": .any, "can.keepalive.timeout_s": .up,
        "system.commissioned": .up,
    ]

    /// The keys by which one configuration allows more than another; what cannot be compared counts as more.
    ///
    /// A configuration that transmits nothing allows nothing. Once one begins to, everything that was set before it is
    /// raised from nothing: the keys that changed with it are named.
    ///
    /// - Parameters: the values in force, overrides included, of two valid configurations.
    package func raises(from old: ConfigurationValues, to new: ConfigurationValues) -> [String] {
        guard transmits(new) else { return [] }
        let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        let transmitted = transmits(old)
        return changed.filter { key in
            guard let direction = direction(of: key) else { return false }
            return !transmitted || raises(key, direction, from: old, to: new)
        }
    }

    // MARK: - Private

    private func transmits(_ values: ConfigurationValues) -> Bool {
        (try? GatewayConfiguration(values, schema: schema))?.mayTransmit ?? false
    }

    private func direction(of key: String) -> Direction? {
        guard let number = Schema.packNumber(of: key) else { return Self.whole[key] }
        return Self.pack[String(key.dropFirst("pack.\(number).".count))]
    }

    private func raises(
        _ key: String, _ direction: Direction, from old: ConfigurationValues, to new: ConfigurationValues
    ) -> Bool {
        // A pack that was taken out lends nothing any more.
        if let number = Schema.packNumber(of: key), !new.packNumbers.contains(number) { return false }
        guard let before = amount(key, old), let after = amount(key, new) else { return true }
        switch direction {
        case .up: return after > before
        case .down: return after < before
        case .any: return after != before
        }
    }

    /// A value that can be compared; nil where it is a word, or left to what this module does not know.
    private func amount(_ key: String, _ values: ConfigurationValues) -> Double? {
        switch values[key] ?? schema.definition(for: key)?.standard ?? preset(key, values).map({ .float($0) }) {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .float(let value): value
        case .string, nil: nil
        }
    }

    private func preset(_ key: String, _ values: ConfigurationValues) -> Double? {
        guard let number = Schema.packNumber(of: key),
            case .string(let word)? = values["pack.\(number).chemistry"],
            let voltages = PackChemistry(rawValue: word).flatMap({ chemistries[$0] })
        else { return nil }
        switch key.dropFirst("pack.\(number).".count) {
        case "max_cell_v": return voltages.maximum
        case "min_cell_v": return voltages.minimum
        case "absorption_cell_v": return voltages.absorption
        case "float_cell_v": return voltages.float
        default: return nil
        }
    }
}
