/// Everything that one step of the charge controller decided, from one set of snapshots at one moment.
///
/// Frames, API and log are all made from this one value, so that they cannot disagree (S3).
package struct Decision: Sendable {
    /// The moment of the step.
    package var made: Instant
    /// The moment whose data it stands on: the oldest poll-cycle begin among the packs that count.
    package var evidence: Instant?
    package var stage: FreshnessStage
    package var mode: ChargeMode
    /// Charge voltage limit, V.
    package var chargeVoltage: Limit
    /// Charge current limit, A.
    package var chargeCurrent: Limit
    /// Discharge current limit, A.
    package var dischargeCurrent: Limit
    /// Discharge voltage limit, V.
    package var dischargeVoltage: Double
    /// The packs as one battery.
    package var battery: BatteryPicture
    /// What is wrong, from the BMS and from our own thresholds.
    package var alarms: AlarmSet
    /// The stage of each configured pack by itself.
    package var packStages: [PackStage]
    /// What changed in this step and is worth a line in the log.
    package var events: [ControlEvent]

    /// Whether battery frames may leave.
    package var transmits: Bool
    /// Whether the inverter is to charge at once, from the grid or a generator: true only on live data that says so, nil
    /// where the user never wants that.
    package var requestsCharge: Bool?
    /// The ages at which the stages begin.
    package var freshness: FreshnessThresholds
    /// From here on the age of the data alone makes it another decision; nil where no age can.
    package var agesAt: Instant?

    /// The battery's stage at a later moment: whoever decides may hang, the data ages all the same (S10).
    package func stage(at now: Instant) -> FreshnessStage { aged(stage, evidence, at: now) }

    /// A pack's stage at a later moment; `origin` is where the age of its data counts from.
    package func stage(ofPack pack: Int, from origin: Instant?, at now: Instant) -> FreshnessStage {
        aged(packStages.first { $0.pack == pack }?.stage ?? .noData, origin, at: now)
    }

    /// Where a pack stood towards the bank when this was decided.
    package func standing(ofPack pack: Int) -> PackStanding {
        packStages.first { $0.pack == pack }?.standing ?? .absent
    }

    private func aged(_ stage: FreshnessStage, _ origin: Instant?, at now: Instant) -> FreshnessStage {
        guard stage != .noData, let origin else { return stage }
        return max(stage, freshness.stage(age: now - origin))
    }

    /// Whether the age of the data has not changed what it says.
    package func holds(at now: Instant) -> Bool { agesAt.map { now <= $0 } ?? true }

    package init(
        made: Instant, evidence: Instant?, stage: FreshnessStage, mode: ChargeMode, chargeVoltage: Limit,
        chargeCurrent: Limit, dischargeCurrent: Limit, dischargeVoltage: Double, battery: BatteryPicture,
        alarms: AlarmSet, packStages: [PackStage] = [], events: [ControlEvent], transmits: Bool,
        requestsCharge: Bool? = nil, freshness: FreshnessThresholds = .standard, agesAt: Instant? = nil
    ) {
        self.made = made
        self.evidence = evidence
        self.stage = stage
        self.mode = mode
        self.chargeVoltage = chargeVoltage
        self.chargeCurrent = chargeCurrent
        self.dischargeCurrent = dischargeCurrent
        self.dischargeVoltage = dischargeVoltage
        self.battery = battery
        self.alarms = alarms
        self.packStages = packStages
        self.events = events
        self.transmits = transmits
        self.requestsCharge = requestsCharge
        self.freshness = freshness
        self.agesAt = agesAt
    }
}

/// How fresh one pack's data is.
package struct PackStage: Sendable, Hashable {
    /// Number, from 1.
    package var pack: Int
    package var stage: FreshnessStage
    /// Whether it is part of the bank.
    package var standing: PackStanding

    package init(pack: Int, stage: FreshnessStage, standing: PackStanding = .joined) {
        (self.pack, self.stage, self.standing) = (pack, stage, standing)
    }
}

/// The packs as one battery: what the inverter is told beside the limits. Nil is unknown.
package struct BatteryPicture: Sendable, Hashable {
    /// V.
    package var voltage: Double?
    /// A, positive while charging.
    package var current: Double?
    /// Percent.
    package var stateOfCharge: Double?
    /// Percent.
    package var stateOfHealth: Double?
    /// °C: the mean of the cell sensors, else the board.
    package var temperature: Double?
    package var minimumCell: ExtremeCell?
    package var maximumCell: ExtremeCell?
    package var minimumTemperature: ExtremeTemperature?
    package var maximumTemperature: ExtremeTemperature?
    /// Ah as configured, all packs.
    package var installedCapacity: Double = 0
    /// Ah of the packs that are online.
    package var onlineCapacity: Double = 0
    /// Ah.
    package var remainingCapacity: Double?
    /// The largest of the packs.
    package var cycles: Int?
    package var modulesOnline: Int = 0
    package var modulesOffline: Int = 0
    package var modulesBlockingCharge: Int = 0
    package var modulesBlockingDischarge: Int = 0
    /// Energy charged since the counters began, Wh; nil until something counts it.
    package var chargedEnergy: Double?
    /// Energy discharged since the counters began, Wh.
    package var dischargedEnergy: Double?
    package var identity: PackIdentity?

    package init() {}

    /// One cell, with its number from 1.
    package struct ExtremeCell: Sendable, Hashable {
        package var pack: Int
        package var number: Int
        /// V.
        package var volts: Double

        package init(pack: Int, number: Int, volts: Double) {
            self.pack = pack
            self.number = number
            self.volts = volts
        }
    }

    /// One sensor.
    package struct ExtremeTemperature: Sendable, Hashable {
        package var pack: Int
        package var name: SensorName
        package var celsius: Double

        package init(pack: Int, name: SensorName, celsius: Double) {
            self.pack = pack
            self.name = name
            self.celsius = celsius
        }
    }
}

/// Something that changed in the controller (S90: one event a change, not a sample).
package enum ControlEvent: Sendable, Hashable {
    case stage(from: FreshnessStage, to: FreshnessStage, age: Double?)
    case mode(from: ChargeMode, to: ChargeMode, cause: String)
    /// A limit fell to a new deciding rule: limit name (`cvl`, `ccl`, `dcl`), old, new, rule and its
    /// evidence in words, "" where there is none.
    case limitFell(limit: String, from: Double, to: Double, rule: LimitRule, evidence: String)
    case alarmRaised(AlarmKind, AlarmSeverity)
    case alarmCleared(AlarmKind)
    /// A full charge was recognised.
    case full(spread: Double?, byTime: Bool)
    /// Holding the cells for their balancers ended, with this spread at rest, V; nil where none was seen.
    case balance(spread: Double?, byTime: Bool)
    /// A pack of several joined the bank, was lost, or stays apart: its own voltage, V, and the bank's, V a cell.
    case pack(Int, from: PackStanding, to: PackStanding, voltage: Double?, bank: Double?)
    /// The bank begins without all of its packs.
    case quorum(live: Int, configured: Int)
}
