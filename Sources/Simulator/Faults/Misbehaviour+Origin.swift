extension Misbehaviour.Kind {
    /// Where something goes wrong.
    package enum Origin: String, Sendable, Hashable, CaseIterable {
        /// Bytes between the BMS and its host.
        case wire
        /// The BMS itself: its measurements may be right, but it does not tell or does not act.
        case bms
        /// The BMS's sensors: what it tells is not what is.
        case sensor
        /// The battery and its switches: what is measured is true, and bad.
        case battery
    }

    /// Where the kind acts.
    package var origin: Origin {
        switch self {
        case .silence, .noise, .damagedAnswers, .damagedRequests, .wrongChecksum, .truncatedAnswers, .gluedAnswers,
            .lateAnswers, .duplicatedAnswers, .absurdValues, .textNoise, .unplugged:
            .wire
        case .frozenReadings, .frozenCounter, .asleep, .missingReadings, .absurdReadings, .bmsRestart, .protectionOff,
            .chargeCounter, .chargeCounterStuck:
            .bms
        case .cellVoltage, .cellRamp, .cellStuck, .cellMissing, .cellSpikes, .cellOffset, .cellDrift, .senseWireOff,
            .packVoltageOffset, .packVoltageStuck, .temperature, .temperatureRamp, .temperatureStuck, .temperatureLost,
            .temperatureOffset, .temperatureDrift, .currentOffset, .currentGain, .currentStuck:
            .sensor
        case .cellShort, .cellOpen, .cellResistance, .cellCapacity, .cellCharge, .selfDischarge, .jointResistance,
            .capacityFade, .imbalance, .cellHeating, .thermalRunaway, .balancerStuckOn, .balancerStuckOff, .packShort,
            .moisture, .foreignCurrent, .coolingLost, .boardHeating, .ambient, .packTemperature,
            .chargeSwitchStuckClosed, .chargeSwitchStuckOpen, .dischargeSwitchStuckClosed, .dischargeSwitchStuckOpen:
            .battery
        }
    }

    /// Whether its end does not make the pack what it was before: capacity, charge or heat are gone.
    package var isLasting: Bool {
        switch self {
        case .chargeCounter, .cellShort, .cellCapacity, .cellCharge, .selfDischarge, .capacityFade, .imbalance,
            .cellHeating, .thermalRunaway, .packShort, .moisture, .foreignCurrent:
            true
        default: false
        }
    }
}
