package import Actors
package import BMSProtocols
package import Battery
package import Configuration
package import InverterProtocols
import Monitoring

extension SpokenFamily.Options {
    /// What the user says of a pack's board.
    package init(_ pack: PackConfiguration) {
        self.init()
        cellOrder = pack.cellOrder == .descending ? .reversed : .register0First
        currentSign =
            switch pack.currentSign {
            case .auto: .automatic
            case .chargePositive: .chargePositive
            case .dischargePositive: .dischargePositive
            }
        address = UInt8(clamping: pack.address)
    }
}

/// From the user's settings to the values that the control path is made of.
extension PackConfiguration {
    /// Whether this version speaks the pack's protocol. A family that nobody named is looked for.
    package var isSpoken: Bool { family == .auto || SpokenFamily.named(family.rawValue) != nil }

    /// The confirmed pack; nil while anything that S64 asks for is missing.
    package var specification: PackSpecification? {
        guard let chemistry = chemistry.flatMap({ Chemistry(rawValue: $0.rawValue) }), let cells, let capacity,
            let maximumChargeCurrent, let maximumDischargeCurrent
        else { return nil }
        var pack = PackSpecification(
            pack: number, chemistry: chemistry, cellCount: cells, capacity: capacity,
            maximumCharge: maximumChargeCurrent, maximumDischarge: maximumDischargeCurrent)
        pack.maximumCell = maximumCellVoltage ?? pack.maximumCell
        pack.minimumCell = minimumCellVoltage ?? pack.minimumCell
        pack.absorptionCell = min(absorptionCellVoltage ?? pack.absorptionCell, pack.maximumCell)
        pack.floatCell = min(floatCellVoltage ?? pack.floatCell, pack.absorptionCell)
        let low = chargeMinimumTemperature ?? pack.chargeWindow.lowerBound
        pack.chargeWindow = low...max(chargeMaximumTemperature ?? pack.chargeWindow.upperBound, low)
        pack.dischargeWindow =
            dischargeMinimumTemperature...max(dischargeMaximumTemperature, dischargeMinimumTemperature)
        return pack
    }
}

extension GatewayConfiguration {
    /// What the charge controller is told; nil until every pack is confirmed.
    package var control: ControlConfiguration? {
        let specifications = packs.compactMap(\.specification)
        guard !specifications.isEmpty, specifications.count == packs.count, packs.allSatisfy(\.isSpoken) else {
            return nil
        }
        var control = ControlConfiguration(
            packs: specifications,
            freshness: FreshnessThresholds(
                hold: freshness.hold, noCharge: freshness.noCharge, stop: freshness.stop, silent: freshness.silent),
            absorptionMaximum: charge.absorptionMaximum, tailRate: charge.tailRate,
            rebulkStateOfCharge: charge.rebulkStateOfCharge, fullEvery: charge.fullEvery,
            hasGrid: hasGrid ?? false)
        (control.quorum, control.quorumWait, control.joinDistance) = (bank.quorum, bank.quorumWait, bank.joinDistance)
        (control.ceiling, control.ceilingHysteresis) = (charge.ceiling, charge.ceilingHysteresis)
        (control.forceBelow, control.forceRise) = (charge.forceBelow, charge.forceRise)
        (control.balanceHold, control.balanceCurrent) = (charge.balanceHold, charge.balanceCurrent)
        return control
    }

    /// What the monitor is told: every pack that is confirmed.
    package var monitoring: Monitor.Settings {
        Monitor.Settings(
            watch: .init(thresholds: AlertThresholds(alerts), packs: packs.compactMap(\.specification)),
            commitInterval: commitInterval)
    }

    /// Who the battery says it is on the bus, and what is wrong with the configured names; a name that a GX would take
    /// for another brand's gives way to our own.
    package var identity: (VictronIdentity, problems: [String]) {
        let configured = VictronIdentity(
            manufacturer: can.manufacturer, batteryName: can.batteryName, family: can.family)
        let problems = configured.validate()
        return (problems.isEmpty ? configured : VictronIdentity(), problems.map(\.description))
    }

    /// How the GX's keepalive is watched.
    package var keepalive: KeepaliveWatch.Settings {
        KeepaliveWatch.Settings(
            timeout: can.keepaliveTimeout, stopsOnTimeout: can.keepalivePolicy == .stop, retry: can.keepaliveRetry)
    }

    /// What keeps the control path from starting, in sentences with their mend; empty when nothing does.
    package var obstacles: [String] {
        guard !packs.isEmpty else {
            return ["no pack is configured: set pack.1.link and what belongs to it (cellbridge config schema)"]
        }
        return packs.compactMap { pack in
            let missing = [
                pack.link == nil ? "link" : nil, pack.chemistry == nil ? "chemistry" : nil,
                pack.cells == nil ? "cells" : nil, pack.capacity == nil ? "capacity_ah" : nil,
                pack.maximumChargeCurrent == nil ? "max_charge_a" : nil,
                pack.maximumDischargeCurrent == nil ? "max_discharge_a" : nil,
            ].compactMap(\.self)
            guard pack.isSpoken else {
                let spoken = SpokenFamily.all.map(\.name).joined(separator: ", ")
                return
                    "pack.\(pack.number).family \(pack.family.rawValue) is not spoken by this version, only \(spoken)"
            }
            guard !missing.isEmpty else { return nil }
            let keys = missing.map { "pack.\(pack.number).\($0)" }.joined(separator: ", ")
            return "pack \(pack.number) is not confirmed: set \(keys)"
        }
    }
}

extension AlertThresholds {
    fileprivate init(_ configured: AlertConfiguration) {
        func level(_ level: AlertConfiguration.Level) -> Level { Level(level.raise, hysteresis: level.hysteresis) }
        self.init()
        debounce = configured.debounce
        highCellWarning = level(configured.highCellWarning)
        highCellAlarm = level(configured.highCellAlarm)
        lowCellWarning = level(configured.lowCellWarning)
        lowCellAlarm = level(configured.lowCellAlarm)
        spreadWarning = level(configured.spreadWarning)
        spreadRate = configured.spreadRate
        chargeWarning = level(configured.chargeWarning)
        chargeAlarm = level(configured.chargeAlarm)
        temperatureMargin = level(configured.temperatureMargin)
        overCurrent = level(configured.overCurrent)
    }
}

extension ConfigurationRules {
    /// The rules with what each chemistry allows.
    package static var gateway: ConfigurationRules {
        ConfigurationRules(
            chemistries: Dictionary(
                uniqueKeysWithValues: PackChemistry.allCases.compactMap { word in
                    Chemistry(rawValue: word.rawValue).map { preset in
                        (
                            word,
                            .init(
                                minimum: preset.minimumCell, float: preset.floatCell,
                                absorption: preset.absorptionCell, maximum: preset.maximumCell,
                                limits: preset.cellLimits)
                        )
                    }
                }),
            touched: { old, new in
                // Started anew with what now holds: limits then rise from a tenth, as after any start (S5).
                if old.control != new.control { return [.acquisition] }
                return old.can != new.can || old.isCommissioned != new.isCommissioned ? [.inverter] : []
            })
    }
}
