package import Configuration
package import Proof
package import Simulator

/// What the user of a world has built and entered: the packs as they are and as they were confirmed.
package struct Installation: Sendable, Hashable {
    /// One pack.
    package struct Pack: Sendable, Hashable {
        /// The battery itself.
        package var parameters: PackParameters
        /// The make of its BMS, as in `pack.N.family`.
        package var family: String
        /// A.
        package var maximumCharge: Double
        package var maximumDischarge: Double
        /// V of a cell; nil for the chemistry's.
        package var maximumCell: Double?
        package var minimumCell: Double?
        /// °C; nil for the chemistry's.
        package var chargeMaximum: Double?
        package var chargeMinimum: Double?
        /// ms.
        package var pollInterval: Int

        package init(
            _ parameters: PackParameters, family: String = Make.readByChecker, maximumCharge: Double,
            maximumDischarge: Double
        ) {
            self.parameters = parameters
            self.family = family
            self.maximumCharge = maximumCharge
            self.maximumDischarge = maximumDischarge
            pollInterval = 500
        }
    }

    /// In the order of their numbers, from 1.
    package var packs: [Pack]
    package var isCommissioned = true
    /// Ages at which the stages end, s.
    package var hold = 2.0
    package var noCharge = 5.0
    package var stop = 15.0
    package var silent = 30.0
    /// ms.
    package var period = 1000
    /// Silence of the GX after which transmission ends, s; nil where it goes on.
    package var keepaliveStop: Double?

    package init(packs: [Pack]) {
        self.packs = packs
        // A round of Daly's frames takes more than a second (safety.md 1).
        if packs.contains(where: { Make.of($0.family).round > 1 }) { hold = 4 }
    }

    /// The settings that say all this.
    package var settings: [String: SettingValue] {
        var values: [String: SettingValue] = [
            "can.link": .string(CANWire.address), "system.commissioned": .bool(isCommissioned),
            "can.publisher.period_ms": .int(period), "freshness.hold_s": .float(hold),
            "freshness.no_charge_s": .float(noCharge), "freshness.stop_s": .float(stop),
            "freshness.silent_s": .float(silent),
        ]
        if let keepaliveStop {
            values["can.keepalive.on_timeout"] = .string("stop")
            values["can.keepalive.timeout_s"] = .float(keepaliveStop)
            values["can.keepalive.retry_ms"] = .int(10_000)
        }
        for (index, pack) in packs.enumerated() {
            let prefix = "pack.\(index + 1)."
            values[prefix + "link"] = .string("/dev/serial/by-path/pack\(index + 1)")
            values[prefix + "family"] = .string(pack.family)
            values[prefix + "chemistry"] = .string(pack.parameters.chemistry.rawValue)
            values[prefix + "cells"] = .int(pack.parameters.cells)
            values[prefix + "capacity_ah"] = .float(pack.parameters.capacity)
            values[prefix + "max_charge_a"] = .float(pack.maximumCharge)
            values[prefix + "max_discharge_a"] = .float(pack.maximumDischarge)
            values[prefix + "poll_interval_ms"] = .int(pack.pollInterval)
            values[prefix + "max_cell_v"] = pack.maximumCell.map { .float($0) }
            values[prefix + "min_cell_v"] = pack.minimumCell.map { .float($0) }
            values[prefix + "charge_max_c"] = pack.chargeMaximum.map { .float($0) }
            values[prefix + "charge_min_c"] = pack.chargeMinimum.map { .float($0) }
        }
        return values
    }

    /// What leads here from another installation.
    package func patch(from old: Installation?) -> ConfigurationPatch {
        let (before, after) = (old?.settings ?? [:], settings)
        return ConfigurationPatch(
            set: after.filter { before[$0.key] != $0.value }, unset: Set(before.keys.filter { after[$0] == nil }))
    }

    /// The same in the words of the checker, with the numbers of data sheets.
    package var site: Site {
        var site = Site(
            isCommissioned: isCommissioned, packs: packs.enumerated().map { Self.site($0.offset + 1, $0.element) })
        site.hold = hold
        site.noCharge = noCharge
        site.stop = stop
        site.silent = silent
        site.period = Double(period) / 1000
        site.stopsWithoutKeepalive = keepaliveStop
        return site
    }

    // MARK: - Private

    private static func site(_ number: Int, _ pack: Pack) -> SitePack {
        let sheet = DataSheet.of(pack.parameters.chemistry)
        let low = pack.chargeMinimum ?? sheet.chargeWindow.lowerBound
        let high = pack.chargeMaximum ?? sheet.chargeWindow.upperBound
        let make = Make.of(pack.family)
        var site = SitePack(
            pack: number, cells: pack.parameters.cells, maximumCharge: pack.maximumCharge,
            maximumDischarge: pack.maximumDischarge, maximumCell: pack.maximumCell ?? sheet.maximumCell,
            minimumCell: pack.minimumCell ?? sheet.minimumCell, deepDischarge: sheet.deepDischarge,
            restVoltage: sheet.rest, chargeWindow: low...max(low, high), dischargeWindow: -20...60,
            pollInterval: max(Double(pack.pollInterval) / 1000, make.round))
        if make.isTold { site.readingTime = site.pollInterval + make.round }
        (site.mayIgnoreCounter, site.mayLackCurrent) = (make.learnsCounter, make.learnsSign)
        return site
    }
}

/// Numbers of a chemistry as the rules of safety name them (charge-control.md d.4, safety.md 1), written down a second
/// time on purpose.
struct DataSheet {
    var maximumCell: Double
    var minimumCell: Double
    var deepDischarge: Double
    /// nil without a plateau.
    var rest: Double?
    var chargeWindow: ClosedRange<Double>

    static func of(_ chemistry: CellChemistry) -> DataSheet {
        switch chemistry {
        case .lfp:
            DataSheet(maximumCell: 3.65, minimumCell: 2.80, deepDischarge: 2.0, rest: 3.35, chargeWindow: 0...45)
        case .nmc: DataSheet(maximumCell: 4.20, minimumCell: 3.00, deepDischarge: 2.0, rest: nil, chargeWindow: 0...45)
        case .lto:
            DataSheet(maximumCell: 2.80, minimumCell: 1.80, deepDischarge: 1.0, rest: nil, chargeWindow: -20...50)
        }
    }
}
