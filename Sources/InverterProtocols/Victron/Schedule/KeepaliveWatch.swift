package import Time

/// Watches the GX's 0x305 (S43): shows its age, warns at 10 s, alarms at a time of the user's, and where the user chose
/// so takes the gateway off the bus until the GX is heard again.
package struct KeepaliveWatch: Sendable {
    /// Settings `can.keepalive.*`.
    package struct Settings: Sendable, Hashable {
        /// Age of the alarm; protocols/victron-can.md 5 asks for at least 10 min.
        package var timeout: Duration
        /// Whether to leave the bus at the alarm.
        package var stopsOnTimeout: Bool
        /// How often to come back and try.
        package var retry: Duration

        package init(timeout: Duration = .seconds(600), stopsOnTimeout: Bool = false, retry: Duration = .seconds(30)) {
            self.timeout = timeout
            self.stopsOnTimeout = stopsOnTimeout
            self.retry = retry
        }
    }

    /// What the age means.
    package enum State: String, Sendable, Hashable {
        case fine
        case warning
        case alarm
    }

    /// Whether the bus may be used.
    package enum Permission: Sendable, Hashable {
        case transmit
        /// Closed: nothing is sent, and nothing can be heard.
        case closed
        /// Open again: one fresh set, then only listen.
        case probe
    }

    /// Age at which a missing keepalive is worth a warning (S43).
    package static let warningAge: Duration = .seconds(10)
    /// How long a probe listens: a GX sends every second.
    private static let probeTime: Duration = .seconds(5)

    private let settings: Settings
    private var began: Instant
    private var heard: Instant?
    private var leftAt: Instant?

    /// Begins to watch; until a keepalive is heard the age counts from here.
    package init(_ settings: Settings, now: Instant) {
        self.settings = settings
        began = now
    }

    /// Notes a 0x305. Only its arrival counts: its content is not published (protocols/victron-can.md 2).
    package mutating func hear(at now: Instant) {
        heard = now
        leftAt = nil
    }

    /// Time since the last 0x305; nil while none was ever heard.
    package func age(now: Instant) -> Duration? { heard.map { max(now - $0, .zero) } }

    /// What the silence means at a moment.
    package func state(now: Instant) -> State {
        let silence = now - (heard ?? began)
        if silence >= settings.timeout { return .alarm }
        return silence >= Self.warningAge ? .warning : .fine
    }

    /// Whether the bus may be used at a moment.
    package mutating func permission(now: Instant) -> Permission {
        guard settings.stopsOnTimeout, state(now: now) == .alarm else { return .transmit }
        let left = leftAt ?? now
        leftAt = left
        guard now - left >= settings.retry else { return .closed }
        // Listen for a while after each return, then leave again; the returns keep their distance.
        let listening = min(Self.probeTime, settings.retry / 2)
        guard now - left >= settings.retry + listening else { return .probe }
        let returns = ((now - left - listening) / settings.retry).rounded(.down)
        leftAt = left + settings.retry * returns
        return .closed
    }
}

/// Notices a second sender of limits on the bus (S44).
package struct DuplicateSenderWatch: Sendable {
    /// Foreign frames in the window that make an alarm.
    private static let count = 3
    private static let window: Duration = .seconds(10)
    /// Time without one that ends it.
    private static let rest: Duration = .seconds(60)

    private var recent: [Instant] = []
    private var alarmed = false

    package init() {}

    /// Notes a 0x351 of somebody else.
    package mutating func hear(at now: Instant) {
        recent.append(now)
        if recent.count > Self.count { recent.removeFirst() }
        guard recent.count == Self.count, let first = recent.first, now - first <= Self.window else { return }
        alarmed = true
    }

    /// Whether there is a second sender.
    package mutating func isAlarmed(now: Instant) -> Bool {
        if alarmed, let last = recent.last, now - last >= Self.rest {
            alarmed = false
            recent = []
        }
        return alarmed
    }

    /// The user settled it.
    package mutating func settle() {
        alarmed = false
        recent = []
    }
}
