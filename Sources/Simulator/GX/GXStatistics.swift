/// What a GX, or somebody who listens beside it, counts on the bus.
package struct GXStatistics: Sendable, Hashable {
    /// Frames of others on the bus.
    package internal(set) var framesReceived = 0
    /// Frames with 29 bits or with an identifier that means nothing here.
    package internal(set) var framesIgnored = 0
    /// Pairs of 0x305 and 0x307.
    package internal(set) var keepalivesSent = 0
    /// Frames 0x351.
    package internal(set) var limitsReceived = 0
    /// Longest time between two 0x351.
    package internal(set) var longestLimitsGap = Duration.zero
    /// Times the battery was lost.
    package internal(set) var losses = 0
    /// Frames in the last whole second.
    package private(set) var framesPerSecond = 0

    private var lastLimits: Duration?
    private var second: Int64 = 0
    private var inThisSecond = 0

    /// Whether more frames come than a GX can bear.
    package var isFlooded: Bool { max(framesPerSecond, inThisSecond) > GXRules.floodThreshold }

    /// Counts one 0x351; the gap over a loss counts too.
    mutating func noteLimits(at time: Duration) {
        limitsReceived += 1
        if let last = lastLimits { longestLimitsGap = max(longestLimitsGap, time - last) }
        lastLimits = time
    }

    /// Counts one frame.
    mutating func note(at time: Duration) {
        framesReceived += 1
        let now = time.components.seconds
        if now != second {
            framesPerSecond = now == second + 1 ? inThisSecond : 0
            inThisSecond = 0
            second = now
        }
        inThisSecond += 1
    }
}
