/// A BMS's running counter of seconds beside our own clock: whether it runs, and how old a reading must be (S8, S32).
///
/// An answer that a serial server held back looks like one of now, but its counter does not: the moment at which the
/// counter stood at zero can only have been before `completed - value` of every reading, so the least of these dates
/// each reading to the second.
struct RunningCounter: Sendable {
    /// S8: the counter must advance within this time; a new relation to our clock must have stood for as long.
    static let patience: Duration = .seconds(5)

    /// Age at which data stops being live (`freshness.hold_s`).
    private let gap: Duration
    private var value: UInt32
    /// When it advanced last, or was first seen.
    private(set) var advanced: Instant
    /// Whether it was ever seen to advance: a BMS that was frozen before the first reading looks like a sound one.
    private(set) var isRunning = false
    private var epoch: Epoch
    /// Where the counter seems to stand now, if not where it stood: the BMS was off for a while, or is another one.
    private var doubt: (epoch: Epoch, since: Instant)?

    init(_ value: UInt32, began: Instant, completed: Instant, gap: Duration) {
        self.gap = gap
        self.value = value
        advanced = began
        epoch = Epoch(value, completed: completed)
    }

    /// Takes the counter of a reading that was asked for at `began`.
    ///
    /// - Returns: the moment from which the reading's age counts, `began` or before.
    /// - Throws: `counterFrozen`, or `counterBehind` for an answer that is older than one before it.
    mutating func look(at new: UInt32, began: Instant, completed: Instant) throws(SnapshotFault) -> Instant {
        let isLate = new < value || epoch.latest(new) < began
        if !isLate {
            doubt = nil
            epoch.narrow(new, completed: completed)
        } else if !isNewRelation(new, began: began, completed: completed), new < value {
            throw .counterBehind(by: value - new)
        }
        if new != value {
            (value, advanced, isRunning) = (new, began, true)
        } else if began - advanced > Self.patience {
            throw .counterFrozen(at: new)
        }
        // A counter that stands still makes data old before it makes it void.
        let origin = began - advanced > gap ? advanced : began
        return min(origin, epoch.latest(new))
    }

    /// Whether every reading for the patience has agreed with the others on a new relation, and none with the old one.
    ///
    /// What is held back for one and the same time is behind a silence, where the driver asks for its marker (S32).
    private mutating func isNewRelation(_ new: UInt32, began: Instant, completed: Instant) -> Bool {
        guard var known = doubt, known.epoch.agrees(new, began: began, completed: completed) else {
            doubt = (Epoch(new, completed: completed), began)
            return false
        }
        known.epoch.narrow(new, completed: completed)
        doubt = known
        guard began - known.since >= Self.patience else { return false }
        (epoch, doubt) = (known.epoch, nil)
        return true
    }
}

/// When a counter of seconds stood at zero, at the latest.
private struct Epoch: Sendable {
    /// One part of so many by which a BMS's clock may go slower than ours: an RC oscillator's 1 %, doubled (our choice).
    private static let drift = 50

    private var zero: Instant
    private var narrowed: Instant

    init(_ value: UInt32, completed: Instant) {
        zero = completed - .seconds(Int64(value))
        narrowed = completed
    }

    /// The last moment at which the counter can have stood at a value.
    func latest(_ value: UInt32) -> Instant { zero + .seconds(Int64(value) + 1) }

    /// A value that was seen at `completed` was reached before.
    mutating func narrow(_ value: UInt32, completed: Instant) {
        zero = min(zero + (completed - narrowed) / Self.drift, completed - .seconds(Int64(value)))
        narrowed = completed
    }

    func agrees(_ value: UInt32, began: Instant, completed: Instant) -> Bool {
        latest(value) >= began && completed - .seconds(Int64(value)) >= zero - .seconds(1)
    }
}
