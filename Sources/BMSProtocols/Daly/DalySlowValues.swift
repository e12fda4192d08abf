import Battery
import Links

/// What a board is asked for in turn, one a poll: its parameters, who it is, what is connected and balanced.
struct DalySlowValues: Sendable {
    /// What limits are made of: asked for before the first reading.
    static let urgent = [DalyCommand.cellVoltageLimits, .currentLimits]
    private static let settings = urgent + [.ratedCapacity, .temperatureLimits, .differenceLimits]
    private static let all = settings + [.batteryCode, .softwareVersion, .hardwareVersion, .status, .balance]

    /// Distance of two readings of what changes by itself.
    private static let liveInterval = Duration.seconds(10)
    /// Pause after a value could not be read.
    private static let retry = Duration.seconds(10)
    /// Failures in a row after which a board is believed not to know the command.
    private static let patience = 3

    /// Before every moment: when something was due that was never read.
    private static let never = Instant(sinceBoot: .seconds(-1))

    private let interval: Duration
    private let balanceForm: DalyBalance.Form
    private var dueTimes: [DalyCommand: Instant] = [:]
    private var failures: [DalyCommand: Int] = [:]
    private var values = BMSSettings()
    private var taken: Instant?
    private var balance: DalyPayload?
    private var identity = PackIdentity(family: DalyDriver.familyName)

    init(interval: Duration, balanceForm: DalyBalance.Form) {
        self.interval = interval
        self.balanceForm = balanceForm
    }

    /// What limits are made of was read, or is not to be had.
    var isComplete: Bool { Self.urgent.allSatisfy { dueTimes[$0] != nil } }

    /// What is to be read next; nil while nothing is due.
    func due(at now: Instant) -> DalyCommand? {
        let next = Self.all.min { (dueTimes[$0] ?? Self.never) < (dueTimes[$1] ?? Self.never) }
        return next.flatMap { command in dueTimes[command].map { $0 <= now } ?? true ? command : nil }
    }

    /// Takes an answer.
    mutating func take(_ answer: DalyAnswer, at now: Instant) {
        failures[answer.command] = 0
        let isLive = answer.command == .status || answer.command == .balance
        dueTimes[answer.command] = now + (isLive ? Self.liveInterval : interval)
        values.take(answer)
        if Self.settings.contains(answer.command) { taken = now }
        switch answer.command {
        case .balance: balance = answer.payload
        case .batteryCode: identity.serial = answer.text.isEmpty ? nil : answer.text
        case .softwareVersion: identity.firmware = answer.text.isEmpty ? nil : answer.text
        case .hardwareVersion: identity.hardware = answer.text.isEmpty ? nil : answer.text
        default: break
        }
    }

    /// Notes that a command was not answered.
    mutating func fail(_ command: DalyCommand, at now: Instant) {
        let count = (failures[command] ?? 0) + 1
        failures[command] = count
        dueTimes[command] = now + (count < Self.patience ? Self.retry : interval)
        if command == .balance { balance = nil }
    }

    /// Puts what is known into a reading.
    func fill(_ reading: inout PackReading, cells: Int) {
        var settings = values
        settings.cellCount = cells
        reading.settings = taken.map { Aged(settings, taken: $0) }
        reading.identity = identity
        reading.balancing = balance.flatMap { DalyBalance.flags($0, cells: cells, form: balanceForm) }
    }
}
