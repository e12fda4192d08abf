import Proof

/// One world, run under the eyes of the checker.
package struct Examination: Sendable {
    /// A sin: when, s since the world began, and what, in one line.
    package struct Sin: Sendable, Hashable {
        package var seconds: Double
        package var sentence: String
    }

    package let setup: WorldSetup
    /// In the order of time.
    package private(set) var sins: [Sin]
    /// Over every byte and frame with its time.
    package let fingerprint: Fingerprint
    /// Frames of the gateway that were on the wire.
    package let frames: Int
    /// Lives of the gateway's process.
    package let processes: Int

    /// Runs a world to its end on the calling thread.
    ///
    /// - Throws: `WorldError`.
    package init(of setup: WorldSetup, trace: World.Trace? = nil) throws(WorldError) {
        let outcome = try World(setup, onlooker: SafetyChecker(), trace: trace).run()
        var checker = outcome.onlooker as? SafetyChecker ?? SafetyChecker()
        checker.end(at: Int64(setup.seconds * 1e6))
        self.setup = setup
        sins = checker.violations.map {
            Sin(seconds: Double($0.microseconds) / 1e6, sentence: $0.description)
        }
        fingerprint = outcome.fingerprint
        frames = outcome.frames
        processes = outcome.processes
    }

    /// The same world without steps of the wall clock must have the same frames, to the byte and the microsecond (S57); a
    /// world that sets no clock is not run again.
    ///
    /// - Throws: `WorldError`.
    package mutating func compareWithoutClockSteps() throws(WorldError) {
        guard setup.plan.setsWallClock else { return }
        var steady = setup
        steady.plan = setup.plan.withoutWallClock
        let other = try World(steady, onlooker: Nobody()).run()
        guard other.fingerprint != fingerprint else { return }
        sins.append(
            Sin(
                seconds: setup.seconds,
                sentence: "S57: without the steps of the wall clock the fingerprint is \(other.fingerprint)"))
    }

    /// What went wrong around the first sin.
    package var circumstances: [PlannedFault] {
        guard let first = sins.first else { return [] }
        return setup.plan.around(first.seconds)
    }
}

/// Looks at nothing: only the fingerprint is wanted.
private struct Nobody: Onlooker {
    mutating func saw(_ happening: Happening, at microseconds: Int64) {}
}
