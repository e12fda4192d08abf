/// Which identifiers have a frame under way: at most one each (S41).
struct TransmitLedger: Sendable, Hashable {
    private struct Key: Hashable {
        var identifier: UInt32
        var isExtended: Bool

        init(_ frame: CANFrame) { (identifier, isExtended) = (frame.identifier, frame.isExtended) }
    }

    private var pending: Set<Key> = []

    /// Frames under way.
    var count: Int { pending.count }

    /// Whether a frame of the same identifier is under way.
    func isPending(_ frame: CANFrame) -> Bool { pending.contains(Key(frame)) }

    /// A frame was handed over.
    mutating func sent(_ frame: CANFrame) { pending.insert(Key(frame)) }

    /// A frame was confirmed; false when none of its identifier was under way.
    mutating func confirmed(_ frame: CANFrame) -> Bool { pending.remove(Key(frame)) != nil }

    /// What was under way is lost.
    mutating func clear() { pending = [] }
}

extension CANFrame {
    /// Whether two frames compete for one place on the bus.
    func hasIdentifier(of other: CANFrame) -> Bool {
        identifier == other.identifier && isExtended == other.isExtended
    }
}
