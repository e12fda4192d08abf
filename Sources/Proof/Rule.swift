/// A rule of safety.md that an onlooker can see kept or broken.
package enum Rule: String, Sendable, Hashable, CaseIterable {
    /// The table of stages and what stands below it: HOLD only falls, CVL and the alarm bits at NO-CHARGE, CVL's floor.
    case stages = "safety.md 1"
    /// From the last valid byte to CCL = 0 on the wire.
    case s2 = "S2"
    /// The age when a frame is handed over.
    case s3 = "S3"
    /// Nothing survives a restart.
    case s4 = "S4"
    /// The first frame.
    case s5 = "S5"
    /// Down at once, up slowly.
    case s6 = "S6"
    /// A constant value is not stale.
    case s7 = "S7"
    /// A frozen counter is.
    case s8 = "S8"
    /// Several packs.
    case s9 = "S9"
    /// What is published.
    case s10 = "S10"
    /// Cross-checks.
    case s22 = "S22"
    /// Jumps wait for their confirmation.
    case s23 = "S23"
    /// A missing input lowers.
    case s24 = "S24"
    /// Signs and pairs.
    case s25 = "S25"
    /// Rounding, saturation, maxima.
    case s26 = "S26"
    /// Hard overrides on raw values.
    case s27 = "S27"
    /// Period and spacing.
    case s40 = "S40"
    /// One unconfirmed frame per id.
    case s41 = "S41"
    /// A full set when the bus is back.
    case s42 = "S42"
    /// Keepalive.
    case s43 = "S43"
    /// A second sender.
    case s44 = "S44"
    /// Nothing before the user confirmed.
    case s64 = "S64"
}

/// One sin: which rule, when, and what was seen, with numbers and units.
package struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    package let rule: Rule
    /// µs since the world began.
    package let microseconds: Int64
    /// What was seen and what was allowed.
    package let sentence: String

    package var description: String { "\(seconds(microseconds)) \(rule.rawValue): \(sentence)" }
}

/// What the checks have found so far: the first of each row of equal sins in words, the rest as numbers.
package struct Verdict: Sendable {
    /// The sins in the order of time, at most `mostKept`.
    package private(set) var violations: [Violation] = []
    /// How often each rule was broken in all, the repetitions that stand in no violation included.
    package private(set) var counts: [Rule: Int] = [:]

    /// Sins kept in words.
    package static let mostKept = 100
    /// The same sin again within this time, µs, belongs to the row.
    private static let row: Int64 = 10_000_000

    private var latest: [Cause: Int64] = [:]

    private struct Cause: Hashable {
        let rule: Rule
        let cause: String
    }

    /// Counts a sin; puts it in words when it is not the same as the one before: of the same rule and cause within 10 s.
    mutating func condemn(_ rule: Rule, _ cause: String, at now: Int64, _ sentence: () -> String) {
        counts[rule, default: 0] += 1
        let known = latest.updateValue(now, forKey: Cause(rule: rule, cause: cause))
        if let known, now - known <= Self.row { return }
        guard violations.count < Self.mostKept else { return }
        violations.append(Violation(rule: rule, microseconds: now, sentence: sentence()))
    }
}
