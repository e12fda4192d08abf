import Links
import Proof

/// Hands everything that happens in a world to its onlooker, and keeps the run's fingerprint.
///
/// `@unchecked Sendable`: touched on the loop of the world alone, or on the thread that owns it while it rests.
final class Recorder: @unchecked Sendable {
    private(set) var onlooker: any Onlooker
    /// Over every frame and every byte on the wires, with its time. Never over what the wall clock or the gateway says.
    private(set) var fingerprint = Fingerprint()
    /// Frames of the gateway that were on the wire.
    private(set) var framesSent = 0
    /// Told of everything, for people.
    private let trace: (@Sendable (Happening, Int64) -> Void)?
    private let loop: any Loop
    private let origin: Instant

    init(_ onlooker: any Onlooker, on loop: any Loop, trace: (@Sendable (Happening, Int64) -> Void)?) {
        self.onlooker = onlooker
        self.loop = loop
        self.trace = trace
        origin = loop.now
    }

    /// Something happened now.
    func note(_ happening: Happening) {
        let (seconds, attoseconds) = origin.duration(to: loop.now).components
        let time = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        switch happening {
        case .bytesToBMS(let pack, let bytes): add(1, time, UInt64(pack), bytes)
        case .bytesFromBMS(let pack, let bytes): add(2, time, UInt64(pack), bytes)
        case .frameTaken(let frame): add(3, time, UInt64(frame.id), frame.data)
        case .frameSent(let frame):
            framesSent += 1
            add(4, time, UInt64(frame.id), frame.data)
        case .frameHeard(let frame): add(5, time, UInt64(frame.id), frame.data)
        default: break
        }
        onlooker.saw(happening, at: time)
        trace?(happening, time)
    }

    private func add(_ kind: UInt64, _ time: Int64, _ number: UInt64, _ bytes: [UInt8]) {
        fingerprint.add(kind)
        fingerprint.add(UInt64(bitPattern: time))
        fingerprint.add(number)
        fingerprint.add(bytes)
    }
}

/// The 64-bit FNV-1a hash of a run, by words.
package struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        // A word at a time leaves its upper bits where the multiplication does not reach: fold them down.
        value ^= value >> 32
    }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        var word: UInt64 = 0
        var filled = 0
        for byte in bytes {
            word = word << 8 | UInt64(byte)
            filled += 1
            if filled == 8 {
                add(word)
                (word, filled) = (0, 0)
            }
        }
        if filled > 0 { add(word) }
    }
}
