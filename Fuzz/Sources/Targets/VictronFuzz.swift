import InverterProtocols
import Links
import Simulator

/// A sequence of CAN frames: each means something that encodes to a frame of the same meaning, and neither the watches of
/// the gateway nor the simulated GX trip over it.
enum VictronFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        var now = origin
        var gx = GXModel(started: now)
        var keepalive = KeepaliveWatch(.init(stopsOnTimeout: true), now: now)
        var senders = DuplicateSenderWatch()
        while !input.isEmpty {
            let choice = input.byte()
            let identifier =
                choice & 0x80 == 0
                ? VictronFrameID.allCases[Int(choice) % VictronFrameID.allCases.count].rawValue : input.word()
            let data = input.take(Int(input.byte()) % 10)
            now += .milliseconds(Int(input.byte()) << Int(input.byte() % 16))
            message(identifier, data)
            _ = gx.receive(identifier: UInt32(identifier), data: data, isExtended: choice & 0x40 != 0, at: now)
            _ = gx.advance(to: now)
            require(gx.nextAction > now, "the GX is late for itself")
            if identifier == VictronFrameID.keepalive.rawValue { keepalive.hear(at: now) }
            if identifier == VictronFrameID.limits.rawValue { senders.hear(at: now) }
            let permission = keepalive.permission(now: now)
            require(keepalive.state(now: now) == .alarm || permission == .transmit, "the bus is closed without alarm")
            _ = senders.isAlarmed(now: now)
        }
    }

    // MARK: - Private

    private static let origin = Instant.now

    private static func message(_ identifier: UInt16, _ data: [UInt8]) {
        guard let frame = VictronFrame(identifier: identifier, data: data) else {
            return require(identifier > 0x7FF || data.count > 8, "no frame of \(identifier), \(data)")
        }
        guard let message = VictronMessage(frame) else {
            return require(frame.id == nil, "\(identifier) has no meaning")
        }
        guard let encoded = message.frame else { return }
        require(encoded.identifier == identifier, "\(identifier) becomes \(encoded.identifier)")
        require(encoded.data.count <= 8, "\(encoded.data.count) bytes in a frame")
        // The encoder keeps to the protocol's bounds, so what comes from elsewhere may change; once, and never again.
        let again = VictronMessage(encoded)
        require(again?.frame == encoded, "\(encoded) becomes \(String(describing: again?.frame))")
    }
}
