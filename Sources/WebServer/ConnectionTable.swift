import HTTP
import Links

/// Which connections there are, and which gives way when there are too many (S78). Pure.
struct ConnectionTable {
    /// What becomes of one that comes.
    enum Verdict: Hashable {
        case welcome
        /// It may come once this one went: the oldest without a session, first those that are not being answered, so that
        /// a crowd of slow ones cannot cut a log-in short.
        case instead(of: UInt)
        /// All that could give way have a session.
        case full
    }

    private struct Entry {
        var peer: PeerAddress
        var since: Instant
        var hasSession = false
    }

    private let total: Int
    private let perAddress: Int
    private let hearing: Duration
    /// By number; a later connection has a higher one.
    private var entries: [UInt: Entry] = [:]

    /// Creates an empty table.
    ///
    /// - Parameters:
    ///   - total: connections in all.
    ///   - perAddress: connections of one address.
    ///   - hearing: how long whoever came in is heard before it gives way to a crowd of many addresses.
    init(total: Int, perAddress: Int, hearing: Duration) {
        self.total = total
        self.perAddress = perAddress
        self.hearing = hearing
    }

    var count: Int { entries.count }

    /// Judges a connection that comes; whom it replaces is to be removed by the caller.
    ///
    /// - Parameters:
    ///   - peer: where it comes from.
    ///   - isAnswered: whether one that is here waits for us: its request has come whole, its answer is being made.
    /// - Returns: whether it may come, and who goes for it.
    func judge(_ peer: PeerAddress, isAnswered: (UInt) -> Bool = { _ in false }) -> Verdict {
        let ofPeer = entries.filter { $0.value.peer == peer }
        if ofPeer.count >= perAddress { return Self.replacement(ofPeer, isAnswered) }
        return entries.count >= total ? Self.replacement(entries, isAnswered) : .welcome
    }

    /// Until when the next has to wait outside, as all that could give way have just come in. A request takes its time on
    /// the way, and a handshake takes it twice: a crowd that comes faster would make everybody give way unheard.
    ///
    /// - Parameter isAnswered: as `judge`.
    /// - Returns: the moment, which may be over; nil where nobody has to wait.
    func opens(isAnswered: (UInt) -> Bool) -> Instant? {
        guard entries.count >= total, case .instead(let number) = Self.replacement(entries, isAnswered) else {
            return nil
        }
        return entries[number].map { $0.since + hearing }
    }

    mutating func add(_ number: UInt, peer: PeerAddress, at now: Instant) {
        entries[number] = Entry(peer: peer, since: now)
    }
    mutating func remove(_ number: UInt) { entries[number] = nil }
    mutating func setHasSession(_ hasSession: Bool, of number: UInt) { entries[number]?.hasSession = hasSession }

    private static func replacement(_ entries: [UInt: Entry], _ isAnswered: (UInt) -> Bool) -> Verdict {
        let strangers = entries.filter { !$0.value.hasSession }.keys
        let oldest = strangers.filter { !isAnswered($0) }.min() ?? strangers.min()
        return oldest.map { .instead(of: $0) } ?? .full
    }
}
