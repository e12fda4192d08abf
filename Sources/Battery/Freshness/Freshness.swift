/// The ages at which the stages of safety.md 1 begin.
package struct FreshnessThresholds: Sendable, Hashable {
    package var hold: Duration
    package var noCharge: Duration
    package var stop: Duration
    package var silent: Duration

    /// safety.md 1's table.
    package static let standard = FreshnessThresholds(
        hold: .seconds(2), noCharge: .seconds(5), stop: .seconds(15), silent: .seconds(30))

    package init(hold: Duration, noCharge: Duration, stop: Duration, silent: Duration) {
        self.hold = hold
        self.noCharge = noCharge
        self.stop = stop
        self.silent = silent
    }

    /// The stage that an age alone asks for.
    package func stage(age: Duration) -> FreshnessStage {
        if age > silent { return .silent }
        if age > stop { return .stop }
        if age > noCharge { return .noCharge }
        return age > hold ? .stale : .live
    }
}

/// The stage of one pack over time: down at once, up only after proof (S5, S6).
package struct Freshness: Sendable {
    /// The stage as of the newest update.
    package private(set) var stage: FreshnessStage = .noData
    /// The moment from which the age counts; a poller that starts again must not make old data ageless.
    private(set) var origin: Instant?
    private let thresholds: FreshnessThresholds
    /// Whether the pack was lost, here or under a controller before, and has not come back since.
    private(set) var mustProve: Bool

    /// Knows no data yet.
    ///
    /// - Parameters:
    ///   - thresholds: where the stages begin.
    ///   - previous: of the same pack in the same process before: what was lost there, or gets lost in between, has to come
    ///     back as from any loss (S6).
    package init(_ thresholds: FreshnessThresholds, after previous: Freshness? = nil) {
        self.thresholds = thresholds
        mustProve = previous?.mustProve ?? false
        origin = previous?.origin
    }

    /// Age of the pack's data, nil before there was any.
    func age(now: Instant) -> Duration? { origin.map { max(now - $0, .zero) } }

    /// The last moment of the present stage, if no newer data comes; nil without data and in the last stage.
    var agesAt: Instant? {
        guard let origin else { return nil }
        return switch stage {
        case .noData, .silent: nil
        case .live: origin + thresholds.hold
        case .stale: origin + thresholds.noCharge
        case .noCharge: origin + thresholds.stop
        case .stop: origin + thresholds.silent
        }
    }

    /// Brings the stage up to a moment.
    ///
    /// INIT ends with 2 valid snapshots in a row (S5); NO-CHARGE, STOP and SILENT end with 3 over at least 2 s (S6) and
    /// until then only get worse. A controller that is made anew in an outage knows no limits to hold: it forbids charging
    /// until that proof, and does not fall silent while the table still asks for frames.
    package mutating func update(_ report: PackReport?, now: Instant) {
        origin = report?.ageOrigin ?? origin
        guard let age = age(now: now) else { return }
        let asked = thresholds.stage(age: age)
        let run = report?.validRun
        switch stage {
        case .noData:
            if asked == .live, isProven(run) {
                stage = .live
            } else if report?.isProven ?? false {
                stage = max(asked, .noCharge)
            } else if asked >= .noCharge {
                mustProve = true
            }
        case .live, .stale:
            stage = asked
        case .noCharge, .stop, .silent:
            stage = asked == .live && isProven(run) ? .live : max(stage, asked)
        }
        if stage == .live { mustProve = false }
        if stage != .noData, stage >= .noCharge { mustProve = true }
    }

    /// Whether a row of snapshots ends a stage in which the pack does not count.
    private func isProven(_ run: PackReport.ValidRun?) -> Bool {
        guard let run else { return false }
        return mustProve ? run.count >= 3 && run.lastBegan - run.firstBegan >= .seconds(2) : run.count >= 2
    }
}
