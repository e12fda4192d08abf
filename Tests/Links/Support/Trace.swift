import Synchronization

/// Lines written from anywhere, in order.
final class Trace: Sendable {
    private let store = Mutex<[String]>([])

    var lines: [String] { store.withLock { $0 } }
    var count: Int { store.withLock { $0.count } }

    func add(_ line: String) { store.withLock { $0.append(line) } }
}

/// A small deterministic source of random numbers, for tests with a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
