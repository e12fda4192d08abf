import Links
import Synchronization
import Testing

/// What holds whatever a test does.
extension Bench {
    /// S40: none of the required frames is missing, and none comes later than a busy test machine makes it.
    static func checkPeriod(_ frames: [Frame], atLeast count: Int) {
        for identifier in Frame.required {
            let times = frames.filter { $0.identifier == identifier }.map(\.at)
            let gaps = zip(times, times.dropFirst()).map { ($1 - $0).inSeconds }
            let name = "0x" + String(identifier, radix: 16)
            print("S40: \(name): \(gaps.count) periods, \(gaps.min() ?? 0) to \(gaps.max() ?? 0) s")
            #expect(gaps.count >= count, "S40: \(name)")
            #expect((gaps.max() ?? 9) < 2.5, "S40: \(name): a GX forgets a battery after 3 s")
            // A frame that is dated late makes two gaps of it.
            #expect(gaps.count { abs($0 - 1) > 0.1 } <= 2, "S40: \(name): \(gaps)")
            #expect(abs(gaps.reduce(0, +) - Double(gaps.count)) < 0.5, "S40: \(name): a second on average")
        }
    }

    /// What holds on every bench, whatever was done to it.
    func judge() {
        let frames = can.frames.all
        let strangers = frames.filter { $0.isExtended || !Frame.battery.contains($0.identifier) }
        #expect(strangers.isEmpty, "S43: a battery sends neither 0x305 nor 0x307, nor 29-bit frames")
        if !killed.withLock({ $0 }) {
            #expect(can.malformed.all.map(\.text).isEmpty, "every line on the adapter is a frame or a command")
        }
        let limits = limits()
        for one in limits {
            #expect(one.ccl >= 0 && one.ccl <= 100, "CCL within the configured maximum")
            #expect(one.dcl >= 0 && one.dcl <= 150, "DCL within the configured maximum")
            #expect(one.cvl >= 53.6 - 0.05 && one.cvl <= 58.4, "CVL from cells x rest voltage to cells x maximum")
        }
        for (index, one) in limits.enumerated() {
            // A tenth of 100 A a second. Over the whole rise, so that it shows although a frame is sent or dated up to two seconds late.
            for later in limits[index...].prefix(16) {
                let allowed = 10 * ((later.at - one.at).inSeconds + 2) + 0.1
                #expect(later.ccl - one.ccl <= allowed, "S6: CCL rises by at most 10 % of the maximum a second")
            }
        }
        for child in children.withLock({ $0 }) {
            // Ten by the gateway's clock; a reader that was kept waiting sees the edges of a second blurred.
            for (event, most) in child.mostLinesASecond where most > 12 {
                Issue.record("S91: \(most) lines of '\(event)' within a second")
            }
        }
    }
}

extension Child {
    /// The most lines of each event within any second of the log (S91).
    var mostLinesASecond: [String: Int] {
        var times: [String: [Moment]] = [:]
        for line in errors.all { if let event = line.event { times[event, default: []].append(line.at) } }
        return times.mapValues { moments in
            moments.indices.map { index in moments[index...].prefix { $0 - moments[index] < .seconds(1) }.count }.max()
                ?? 0
        }
    }
}

extension Child.Line {
    /// The event of a log line: `2025-03-01T08:00:00.123Z +1.234 notice  stage: …`; nil for any other line.
    var event: String? {
        let words = text.split(separator: " ").prefix(4)
        guard words.count == 4, words[1].hasPrefix("+"), words[3].hasSuffix(":") else { return nil }
        return String(words[3].dropLast())
    }
}
