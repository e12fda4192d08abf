import Proof
import Simulator

/// What came of a story: measured on the frames of its world beside those of the same world in which nothing goes wrong.
package struct StoryOutcome: Sendable {
    package let story: Story
    /// Time from the first fault until the frames differ for the worse, s; nil where they never do.
    package let seenAfter: Double?
    /// Limits at the first fault and so many seconds after it; nil where the GX has forgotten the battery.
    package let limits: [(after: Double, limits: StoryRecord.Limits?)]
    /// Pairs of 0x35A that were active beyond those of the calm world, by name.
    package let alarms: [String]
    package let warnings: [String]
    /// What the log said that it does not say in the calm world, with the time from the first fault, s.
    package let sentences: [StoryRecord.Since<StoryRecord.Sentence>]
    /// Time from the end of the last fault until the frames are as in the calm world again, s; nil where a fault lasts.
    package let backAfter: Double?
    /// Whether they are not as in the calm world even at the end, although every fault is over.
    package let staysWorse: Bool
    /// Whether a fault is latched at the end: somebody must acknowledge it.
    package let isLatched: Bool
    /// Whether the GX lost the battery.
    package let wasSilent: Bool

    /// Moments at which the limits are told, s after the first fault.
    package static let moments = [0.0, 1, 10, 60]
    /// In a scenario without faults the moments count from here, s.
    private static let settled = 30.0
    private static let step = 0.05

    /// Compares a story with its calm twin.
    init(_ story: Story, _ record: StoryRecord, calm: StoryRecord) {
        self.story = story
        let origin = story.began ?? Self.settled
        var (firstWorse, lastWorse): (Double?, Double?)
        var (alarms, warnings): (UInt16, UInt16) = (0, 0)
        var silent = false
        if story.began != nil {
            var at = origin
            while at < story.seconds {
                if let now = record.alarms(at: at) {
                    let usual = calm.alarms(at: at) ?? .init()
                    alarms |= now.alarms & ~usual.alarms
                    warnings |= now.warnings & ~usual.warnings
                }
                silent = silent || record.limits(at: at) == nil
                if Self.isWorse(record, than: calm, at: at) {
                    firstWorse = firstWorse ?? at
                    lastWorse = at
                }
                at += Self.step
            }
        }
        seenAfter = firstWorse.map { $0 - origin }
        limits = Self.moments.map { ($0, record.limits(at: origin + $0)) }
        self.alarms = StoryRecord.names(alarms)
        self.warnings = StoryRecord.names(warnings & ~alarms)
        wasSilent = silent
        let staysWorse = story.ended != nil && lastWorse.map { $0 > story.seconds - 5 } ?? false
        self.staysWorse = staysWorse
        backAfter = story.ended.flatMap { ended in staysWorse ? nil : max(0, (lastWorse ?? ended) - ended) }
        let last = record.sentences.last { $0.value.event == "mode" }
        isLatched = last?.value.text.hasPrefix("charge mode fault") ?? false
        let usual = Set(calm.sentences.map(\.value.text))
        sentences = record.sentences.filter { $0.at >= origin && !usual.contains($0.value.text) }
            .map { .init(at: $0.at - origin, value: $0.value) }
    }

    /// Whether limits are lower or alarms more than in the calm world, by more than noise.
    private static func isWorse(_ record: StoryRecord, than calm: StoryRecord, at seconds: Double) -> Bool {
        guard let usual = calm.limits(at: seconds) else { return false }
        guard let now = record.limits(at: seconds) else { return true }
        func isLower(_ current: Double, _ other: Double) -> Bool { current < other - max(1, 0.03 * other) }
        if isLower(now.chargeCurrent, usual.chargeCurrent) || isLower(now.dischargeCurrent, usual.dischargeCurrent) {
            return true
        }
        if now.chargeVoltage < usual.chargeVoltage - 0.3 { return true }
        guard let alarms = record.alarms(at: seconds), let others = calm.alarms(at: seconds) else { return false }
        return alarms.alarms & ~others.alarms | alarms.warnings & ~others.warnings != 0
    }
}
