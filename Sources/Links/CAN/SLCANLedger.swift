/// Which of our frames an slcan adapter has yet to answer for, and how their confirmation is known (S41).
///
/// Answers carry no identifier, so they are matched to frames in the order of sending. Until the adapter has answered for
/// a frame once, a drained tty confirms instead; frames confirmed so stay in the queue for a while as *owed answers*, so
/// that the first real answer is not taken for a later frame's. A value without a clock.
struct SLCANLedger: Sendable {
    /// How long a frame may wait for its answer before the adapter counts as stuck.
    static let patience: Duration = .seconds(3)
    /// How long a frame waits for an answer when later answers show that one got lost.
    static let lostAnswer: Duration = .milliseconds(250)
    /// How long an adapter that never answers is given to prove us wrong, and how many frames that may be.
    private static let owedLimit = 16

    private struct Entry {
        var frame: CANFrame
        var sentAt: Instant
        var isConfirmed = false
    }

    private var entries: [Entry] = []
    private var lastAnswer: Instant?

    /// Whether the adapter has answered for a frame since it was opened.
    var answers: Bool { lastAnswer != nil }

    /// Whether any frame is unconfirmed.
    var hasUnconfirmed: Bool { entries.contains { !$0.isConfirmed } }

    /// Whether a frame of the same identifier is unconfirmed: another must not be sent (S41).
    func isUnconfirmed(_ frame: CANFrame) -> Bool {
        entries.contains { !$0.isConfirmed && $0.frame.hasIdentifier(of: frame) }
    }

    /// A frame was handed to the tty.
    mutating func sent(_ frame: CANFrame, at now: Instant) {
        entries.append(Entry(frame: frame, sentAt: now))
        if !answers, entries.count > Self.owedLimit, let index = entries.firstIndex(where: \.isConfirmed) {
            entries.remove(at: index)
        }
    }

    /// The adapter answered for its oldest frame; returns the frame that this confirms.
    mutating func answered(isRefusal: Bool, at now: Instant) -> CANFrame? {
        guard !entries.isEmpty else { return nil }  // late, for a command or for a frame that was given up
        lastAnswer = now
        let entry = entries.removeFirst()
        return isRefusal || entry.isConfirmed ? nil : entry.frame
    }

    /// Everything has left this computer; returns the frames that this confirms, none for an adapter that answers.
    mutating func drained() -> [CANFrame] {
        guard !answers else { return [] }
        var confirmed: [CANFrame] = []
        for index in entries.indices where !entries[index].isConfirmed {
            entries[index].isConfirmed = true
            confirmed.append(entries[index].frame)
        }
        return confirmed
    }

    /// Forgets frames whose answer must have got lost: the adapter answered after they were sent, and then fell silent.
    ///
    /// - Returns: How many were forgotten, unconfirmed.
    mutating func dropLostAnswers(at now: Instant) -> Int {
        guard let lastAnswer, lastAnswer.duration(to: now) >= Self.lostAnswer else { return 0 }
        let before = entries.count
        entries.removeAll { $0.sentAt <= lastAnswer && $0.sentAt.duration(to: now) >= Self.lostAnswer }
        return before - entries.count
    }

    /// Whether the adapter stopped answering or the tty stopped draining: the oldest frame has waited too long.
    func isStuck(at now: Instant) -> Bool {
        guard let oldest = entries.first(where: { !$0.isConfirmed }) else { return false }
        return oldest.sentAt.duration(to: now) >= Self.patience
    }

    /// Forgets everything, because the adapter was closed and opened again.
    ///
    /// - Returns: How many frames were unconfirmed.
    mutating func reset() -> Int {
        defer { self = SLCANLedger() }
        return entries.count { !$0.isConfirmed }
    }
}
