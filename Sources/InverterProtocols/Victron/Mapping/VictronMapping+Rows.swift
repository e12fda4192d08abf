import Battery

/// The rows for limits, measurements, modules, cells and energy.
extension VictronMapping {
    /// 0x351.
    static let limitRows: [VictronMappingRow] = [
        .number(
            .chargeVoltageLimit, "charge voltage limit (CVL)", from: "Decision.chargeVoltage",
            "Never 0, which Victron gear takes as over-voltage and discharges hard: below 0.1 V it is unknown"
        ) { source in
            let volts = source.decision.chargeVoltage.value
            return volts >= 0.1 ? volts : nil
        },
        .number(
            .chargeCurrentLimit, "charge current limit (CCL)", from: "Decision.chargeCurrent",
            "0 from stage NO-CHARGE on"
        ) { $0.decision.chargeCurrent.value },
        .number(
            .dischargeCurrentLimit, "discharge current limit (DCL)", from: "Decision.dischargeCurrent",
            "Positive too. 0 in stage STOP"
        ) { $0.decision.dischargeCurrent.value },
        .number(
            .dischargeVoltageLimit, "discharge voltage limit (DVL)", from: "Decision.dischargeVoltage",
            "The GX copies it to the inverter as battery low voltage"
        ) { $0.decision.dischargeVoltage },
    ]

    /// 0x355.
    static let chargeRows: [VictronMappingRow] = [
        .number(.stateOfCharge, "state of charge", from: "BatteryPicture.stateOfCharge") {
            $0.battery.stateOfCharge
        },
        .number(
            .stateOfHealth, "state of health", from: "BatteryPicture.stateOfHealth", unknown: .send(count: 100),
            "The frame has no code for unknown"
        ) { $0.battery.stateOfHealth },
        .number(.fineStateOfCharge, "state of charge, fine", from: "BatteryPicture.stateOfCharge") {
            $0.battery.stateOfCharge
        },
    ]

    /// 0x356.
    static let measurementRows: [VictronMappingRow] = [
        .number(.voltage, "voltage", from: "BatteryPicture.voltage") { $0.battery.voltage },
        .number(.current, "current", from: "BatteryPicture.current", "Positive while charging (S25)") {
            $0.battery.current
        },
        .number(
            .temperature, "temperature", from: "BatteryPicture.temperature", unknown: .endFrame,
            "Mean of the cell sensors, else the board"
        ) { $0.battery.temperature },
    ]

    /// 0x372.
    static let moduleRows: [VictronMappingRow] = [
        .number(.modulesOnline, "modules online", from: "BatteryPicture.modulesOnline") { modules($0).online },
        .number(
            .modulesBlockingCharge, "modules blocking charge", from: "BatteryPicture.modulesBlockingCharge"
        ) { Double($0.battery.modulesBlockingCharge) },
        .number(
            .modulesBlockingDischarge, "modules blocking discharge", from: "BatteryPicture.modulesBlockingDischarge"
        ) { Double($0.battery.modulesBlockingDischarge) },
        .number(
            .modulesOffline, "modules offline", from: "BatteryPicture.modulesOffline",
            "At least 1 from stage NO-CHARGE on, then taken from the modules online"
        ) { modules($0).offline },
    ]

    /// 0x373 to 0x377.
    static let cellRows: [VictronMappingRow] = [
        .number(.minimumCell, "lowest cell", from: "BatteryPicture.minimumCell") { $0.battery.minimumCell?.volts },
        .number(.maximumCell, "highest cell", from: "BatteryPicture.maximumCell") { $0.battery.maximumCell?.volts },
        .number(
            .minimumTemperature, "coldest sensor", from: "BatteryPicture.minimumTemperature", unknown: .endFrame,
            "Whole Kelvin, °C + 273"
        ) { $0.battery.minimumTemperature?.celsius },
        .number(
            .maximumTemperature, "warmest sensor", from: "BatteryPicture.maximumTemperature", unknown: .endFrame,
            "Whole Kelvin, °C + 273"
        ) { $0.battery.maximumTemperature?.celsius },
        .text(.lowestCellName, "lowest cell", from: "BatteryPicture.minimumCell") { source in
            source.battery.minimumCell.map { name(of: $0, in: source) }
        },
        .text(.highestCellName, "highest cell", from: "BatteryPicture.maximumCell") { source in
            source.battery.maximumCell.map { name(of: $0, in: source) }
        },
        .text(.coldestSensorName, "coldest sensor", from: "BatteryPicture.minimumTemperature") { source in
            source.battery.minimumTemperature.map { name(of: $0, in: source) }
        },
        .text(.warmestSensorName, "warmest sensor", from: "BatteryPicture.maximumTemperature") { source in
            source.battery.maximumTemperature.map { name(of: $0, in: source) }
        },
    ]

    /// 0x360.
    static let requestRows: [VictronMappingRow] = [
        .number(
            .chargeRequest, "immediate charge", from: "Decision.requestsCharge",
            "255 asks for it, 0 does not. 0 whenever a pack that counts is not live"
        ) { source in source.decision.requestsCharge.map { $0 ? 255 : 0 } }
    ]

    /// 0x378.
    static let energyRows: [VictronMappingRow] = [
        .number(
            .chargedEnergy, "energy charged", from: "BatteryPicture.chargedEnergy",
            "Own counter, kept over restarts; not sent before it counts"
        ) { $0.battery.chargedEnergy },
        .number(.dischargedEnergy, "energy discharged", from: "BatteryPicture.dischargedEnergy") {
            $0.battery.dischargedEnergy
        },
    ]

    // MARK: - Private

    /// Modules as the stage has them: data that is too old means a module offline (safety.md 1).
    private static func modules(_ source: VictronSource) -> (online: Double, offline: Double) {
        let battery = source.battery
        guard source.decision.stage >= .noCharge, battery.modulesOffline < 1 else {
            return (Double(battery.modulesOnline), Double(battery.modulesOffline))
        }
        return (Double(battery.modulesOnline) - 1, 1)
    }

    /// Whether names must tell the packs apart.
    private static func hasSeveralPacks(_ source: VictronSource) -> Bool {
        Double(source.battery.modulesOnline) + Double(source.battery.modulesOffline) > 1
    }

    private static func name(of cell: BatteryPicture.ExtremeCell, in source: VictronSource) -> String {
        let number = (0..<10).contains(cell.number) ? "0\(cell.number)" : "\(cell.number)"
        return hasSeveralPacks(source) ? "P\(cell.pack)C\(number)" : "C\(number)"
    }

    private static func name(of sensor: BatteryPicture.ExtremeTemperature, in source: VictronSource) -> String {
        hasSeveralPacks(source) ? "P\(sensor.pack) \(sensor.name)" : sensor.name.description
    }
}
