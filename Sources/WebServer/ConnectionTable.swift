import HTTP

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
        var hasSession = false
    }

    private let total: Int
    private let perAddress: Int
    /// By number; a later connection has a higher one.
    private var entries: [UInt: Entry] = [:]

    init(total: Int, perAddress: Int) {
        self.total = total
        self.perAddress = perAddress
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

    mutating func add(_ number: UInt, peer: PeerAddress) { entries[number] = Entry(peer: peer) }
    mutating func remove(_ number: UInt) { entries[number] = nil }
    mutating func setHasSession(_ hasSession: Bool, of number: UInt) { entries[number]?.hasSession = hasSession }

    private static func replacement(_ entries: [UInt: Entry], _ isAnswered: (UInt) -> Bool) -> Verdict {
        let strangers = entries.filter { !$0.value.hasSession }.keys
        let oldest = strangers.filter { !isAnswered($0) }.min() ?? strangers.min()
        return oldest.map { .instead(of: $0) } ?? .full
    }
}
