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

    package init(_ thresholds: FreshnessThresholds) { self.thresholds = thresholds }

    /// Age of the pack's data, nil before there was any.
    func age(now: Instant) -> Duration? { origin.map { max(now - $0, .zero) } }

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
            if asked == .live, let run, run.count >= 2 {
                stage = .live
            } else if report?.isProven ?? false {
                stage = max(asked, .noCharge)
            }
        case .live, .stale:
            stage = asked
        case .noCharge, .stop, .silent:
            if asked == .live, let run, run.count >= 3, run.lastBegan - run.firstBegan >= .seconds(2) {
                stage = .live
            } else {
                stage = max(stage, asked)
            }
        }
    }
}
