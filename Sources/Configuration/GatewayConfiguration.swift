/// The whole configuration as the gateway's parts use it.
package struct GatewayConfiguration: Sendable, Hashable {
    /// Packs of which anything is set, by number.
    package var packs: [PackConfiguration]
    package var bank: BankConfiguration
    package var can: CANConfiguration
    package var freshness: FreshnessConfiguration
    package var charge: ChargeConfiguration
    package var alerts: AlertConfiguration
    package var capture: CaptureConfiguration
    package var log: LogConfiguration
    package var web: WebConfiguration
    /// Time between two regular commits of the telemetry.
    package var commitInterval: Duration
    /// Events kept for each subscriber of a `Broadcast`.
    package var eventQueueLength: Int
    /// Whether there is a grid; nil while nobody said.
    package var hasGrid: Bool?
    /// Whether the user has confirmed every pack (S64).
    package var isCommissioned: Bool

    /// Whether battery frames may leave at all, as far as the configuration is concerned (S64).
    package var mayTransmit: Bool { isCommissioned && !packs.isEmpty && packs.allSatisfy(\.isConfirmed) }

    /// Reads a configuration that `ConfigurationRules` accepted.
    ///
    /// - Throws: `ConfigurationRefusal` where a value is missing or of another type than the schema says.
    package init(_ values: ConfigurationValues, schema: Schema = .gateway) throws(ConfigurationRefusal) {
        let reader = ConfigurationReader(values, schema)
        var packs: [PackConfiguration] = []
        for number in values.packNumbers { packs.append(try PackConfiguration(number, reader)) }
        self.packs = packs
        bank = try BankConfiguration(reader)
        can = try CANConfiguration(reader)
        guard let thresholds = FreshnessConfiguration(reader) else {
            throw ConfigurationRefusal("freshness.hold_s", "freshness.* has no complete set of numbers; set all four.")
        }
        freshness = thresholds
        charge = try ChargeConfiguration(reader)
        alerts = try AlertConfiguration(reader)
        commitInterval = .seconds(try reader.int("history.commit_interval_s"))
        capture = CaptureConfiguration(
            isEnabled: try reader.bool("capture.enabled"), maximumMebibytes: try reader.int("capture.max_mib"))
        log = LogConfiguration(level: try reader.string("log.level"), format: try reader.string("log.format"))
        web = WebConfiguration(
            listen: try reader.string("web.listen"), encryption: try reader.word("web.tls"),
            certificateFile: reader.string(ifKnown: "web.cert_file"), keyFile: reader.string(ifKnown: "web.key_file"),
            hostName: reader.string(ifKnown: "web.host_name"))
        eventQueueLength = try reader.int("events.queue_length")
        hasGrid = reader.bool(ifKnown: "site.has_grid")
        isCommissioned = try reader.bool("system.commissioned")
    }
}

/// The inverter's bus as configured.
package struct CANConfiguration: Sendable, Hashable {
    /// Link address of contract.md 2; nil where none is set.
    package var link: String?
    /// Whether a simulated pack may reach a real bus.
    package var allowsSimulated: Bool
    /// Period of the required frames (S40).
    package var period: Duration
    /// Silence of the GX after which the alarm of S43 is raised.
    package var keepaliveTimeout: Duration
    package var keepalivePolicy: KeepalivePolicy
    /// Time between two tries after a stop.
    package var keepaliveRetry: Duration
    /// At most 8 ASCII characters: frame 0x35E.
    package var manufacturer: String
    /// At most 16 ASCII characters: frames 0x370, 0x371.
    package var batteryName: String
    /// At most 8 ASCII characters: frame 0x382.
    package var family: String

    init(_ reader: ConfigurationReader) throws(ConfigurationRefusal) {
        link = reader.string(ifKnown: "can.link")
        allowsSimulated = try reader.bool("can.allow_simulated")
        period = try reader.milliseconds("can.publisher.period_ms")
        keepaliveTimeout = try reader.seconds("can.keepalive.timeout_s")
        keepalivePolicy = try reader.word("can.keepalive.on_timeout")
        keepaliveRetry = try reader.milliseconds("can.keepalive.retry_ms")
        manufacturer = try reader.string("can.identity.manufacturer")
        batteryName = try reader.string("can.identity.battery_name")
        family = try reader.string("can.identity.family")
    }
}

/// The ages at which trust in the data ends, step by step (safety.md 1).
package struct FreshnessConfiguration: Sendable, Hashable {
    package var hold: Duration
    package var noCharge: Duration
    package var stop: Duration
    package var silent: Duration
    /// The four in seconds, exactly as configured.
    let inSeconds: (hold: Double, noCharge: Double, stop: Double, silent: Double)

    /// Nil where the values have other types than the schema's.
    init?(_ reader: ConfigurationReader) {
        guard let noCharge = reader.float(ifKnown: "freshness.no_charge_s"),
            let stop = reader.float(ifKnown: "freshness.stop_s"),
            let silent = reader.float(ifKnown: "freshness.silent_s")
        else { return nil }
        // A round of Daly's 13-byte protocol takes about a second (safety.md 1), and a family that is looked for may be it.
        let isSlow = reader.values.packNumbers.contains {
            let family: BMSFamily = reader.word(ifKnown: "pack.\($0).family") ?? .auto
            return family == .daly || family == .auto
        }
        let hold = reader.float(ifKnown: "freshness.hold_s") ?? min(isSlow ? 4 : 2, noCharge)
        inSeconds = (hold, noCharge, stop, silent)
        self.hold = .seconds(hold)
        self.noCharge = .seconds(noCharge)
        self.stop = .seconds(stop)
        self.silent = .seconds(silent)
    }

    package static func == (one: FreshnessConfiguration, other: FreshnessConfiguration) -> Bool {
        one.inSeconds == other.inSeconds
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hold)
        hasher.combine(noCharge)
        hasher.combine(stop)
        hasher.combine(silent)
    }
}

/// How the pack is charged (charge-control.md d.4).
package struct ChargeConfiguration: Sendable, Hashable {
    /// Longest absorption.
    package var absorptionMaximum: Duration
    /// Charge current per capacity at which the pack counts as full, 1/h.
    package var tailRate: Double
    /// State of charge at which charging begins again, percent.
    package var rebulkStateOfCharge: Double
    /// Running time after which a full charge is due; nil is never.
    package var fullEvery: Duration?
    /// State of charge above which only the periodic full charge charges, percent; nil is none.
    package var ceiling: Double?
    /// How far below the ceiling charging begins again, percent.
    package var ceilingHysteresis: Double
    /// State of charge at which a charge is forced, percent; nil is never.
    package var forceBelow: Double?
    /// How far above it the state of charge must rise for the end, percent.
    package var forceRise: Double
    /// Longest time that cells are held for their balancers; nil is not at all.
    package var balanceHold: Duration?
    /// What the balancers of one pack take, A.
    package var balanceCurrent: Double

    init(_ reader: ConfigurationReader) throws(ConfigurationRefusal) {
        absorptionMaximum = .seconds(try reader.float("charge.absorption_max_min") * 60)
        tailRate = try reader.float("charge.tail_c_rate")
        rebulkStateOfCharge = try reader.float("charge.rebulk_soc_percent")
        let days = try reader.float("charge.full_every_days")
        fullEvery = days > 0 ? .seconds(days * 86_400) : nil
        let ceiling = try reader.float("charge.ceiling_soc_percent")
        self.ceiling = ceiling < 100 ? ceiling : nil
        ceilingHysteresis = try reader.float("charge.ceiling_hysteresis_percent")
        let force = try reader.float("charge.force_below_soc_percent")
        forceBelow = force > 0 ? force : nil
        forceRise = try reader.float("charge.force_rise_percent")
        let longest = try reader.float("charge.balance_hold_max_min")
        balanceHold = try reader.bool("charge.balance_hold") ? .seconds(longest * 60) : nil
        balanceCurrent = try reader.float("charge.balance_current_a")
    }
}

/// The rolling recording of UART and CAN.
package struct CaptureConfiguration: Sendable, Hashable {
    package var isEnabled: Bool
    /// MiB.
    package var maximumMebibytes: Int
}

/// The log.
package struct LogConfiguration: Sendable, Hashable {
    /// `error`, `warning`, `info` or `debug`.
    package var level: String
    /// `text` or `json`.
    package var format: String
}

/// The web server.
package struct WebConfiguration: Sendable, Hashable {
    /// `HOST:PORT`.
    package var listen: String
    package var encryption: WebEncryption
    /// PEM, with `files`.
    package var certificateFile: String?
    /// PEM, with `files`.
    package var keyFile: String?
    /// Name beside the computer's own.
    package var hostName: String?

    package init(
        listen: String, encryption: WebEncryption, certificateFile: String? = nil, keyFile: String? = nil,
        hostName: String? = nil
    ) {
        self.listen = listen
        self.encryption = encryption
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.hostName = hostName
    }
}
