/// At most ten lines a second of each event (S91). Pure: fed with readings of the uptime.
struct LogRateLimit {
    /// Lines of one event within any one second.
    static let linesPerSecond = 10
    /// Distinct events counted apart. Events are names in the code, so this is never reached unless data became a name;
    /// then all further ones share one allowance.
    static let mostEvents = 512

    private struct History {
        var admitted = Ring<Duration>(capacity: LogRateLimit.linesPerSecond)
        var suppressed = 0
    }

    private var histories: [String: History] = [:]

    /// Decides about one line.
    ///
    /// - Returns: how many lines of this event were suppressed since its last admitted one, or nil when this one is
    ///   suppressed too.
    mutating func admit(_ event: String, at uptime: Duration) -> Int? {
        let key = histories[event] != nil || histories.count < Self.mostEvents ? event : ""
        var history = histories[key] ?? History()
        defer { histories[key] = history }
        if history.admitted.count == history.admitted.capacity, let oldest = history.admitted.oldest,
            uptime - oldest < .seconds(1)
        {
            history.suppressed += 1
            return nil
        }
        history.admitted.append(uptime)
        defer { history.suppressed = 0 }
        return history.suppressed
    }
}
