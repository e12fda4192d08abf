import Battery
import InverterProtocols
import Simulator

/// A GX on virtual time, and a battery that sends to it.
struct GXBench {
    static let origin = Instant(sinceBoot: .seconds(1_000_000))
    var gx = GXModel(started: origin)
    var now = origin
    var changes: [GXChange] = []
    var sent: [VictronFrame] = []

    var belief: GXBelief { gx.belief }

    /// Lets time pass, in steps as a loop with timers would.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while gx.nextAction <= end { advance(to: gx.nextAction) }
        now = end
    }

    /// Lets time pass while the battery sends a set of frames each second, the first one now.
    mutating func pass(seconds: Int, sending frames: [(UInt32, String)]) {
        for _ in 0..<seconds {
            hear(frames)
            pass(.seconds(1))
        }
    }

    mutating func hear(_ frames: [(UInt32, String)]) {
        for (identifier, bytes) in frames { hear(identifier, bytes) }
    }

    mutating func hear(_ identifier: UInt32, _ bytes: String, isExtended: Bool = false) {
        hear(identifier, bytes.split(separator: " ").compactMap { UInt8($0, radix: 16) }, isExtended: isExtended)
    }

    mutating func hear(_ identifier: UInt32, _ data: [UInt8], isExtended: Bool = false) {
        changes += gx.receive(identifier: identifier, data: data, isExtended: isExtended, at: now)
    }

    mutating func hear(_ frame: VictronFrame?) {
        if let frame { hear(UInt32(frame.identifier), frame.data) }
    }

    private mutating func advance(to instant: Instant) {
        let step = gx.advance(to: instant)
        sent += step.frames
        changes += step.changes
        now = instant
    }

    /// 55.2 V, 100 A, 120 A, 46.4 V.
    static let limits: (UInt32, String) = (0x351, "28 02 E8 03 B0 04 D0 01")
    static let noCharge: (UInt32, String) = (0x351, "28 02 00 00 B0 04 D0 01")
    static let alarmsOK: (UInt32, String) = (0x35A, "AA AA AA 02 AA AA AA 0A")
    static let required: [(UInt32, String)] = [
        limits, (0x355, "54 00 62 00 A3 20 00 00"), (0x356, "CA 15 B9 00 61 00 00 00"), alarmsOK,
    ]
}
