import Battery

/// Tells two senders of 0x351 from one, by what they say: a limit that goes there and back again, three times in 10 s.
///
/// One sender's limits fall at once and rise slowly (S6), so it does not swing like that.
struct GXSenderWatch: Sendable {
    private var previous: [(data: [UInt8], at: Instant)] = []
    private var swings: [Instant] = []

    /// Whether two senders are at work.
    private(set) var isDuplicate = false

    /// Takes one 0x351.
    mutating func note(_ data: [UInt8], at now: Instant) {
        if previous.count == 2, previous[0].data == data, previous[1].data != data,
            previous[0].at.duration(to: now) < .milliseconds(2500)
        {
            swings.append(now)
        }
        previous.append((data, now))
        if previous.count > 2 { previous.removeFirst() }
        expire(at: now)
    }

    /// Forgets what is older than 10 s.
    mutating func expire(at now: Instant) {
        swings.removeAll { $0.duration(to: now) > .seconds(10) }
        isDuplicate = swings.count >= 3
    }

}
