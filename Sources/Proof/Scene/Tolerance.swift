/// How far a gateway that keeps the rules may seem to miss them, µs. Each is as small as the rules allow.
enum Tolerance {
    /// Between a decision and the hand-over that an onlooker sees.
    static let handOver: Int64 = 50_000
    /// A falling limit leaves in the next frame, at most 1 s later (S6); the 0.1 s is the period's own tolerance (S40).
    static let nextFrame: Int64 = 1_100_000
    /// The frames of a set are built together and leave 20 ms or more apart, so the last one is this much older.
    static let set: Int64 = 700_000
    /// A wait of the rules may begin with the poll before the one that an onlooker counts from.
    static let wait: Int64 = 100_000
    /// Half of the wire's smallest step of 0.1 A and 0.1 V, and what arithmetic adds.
    static let step = 0.051
}
