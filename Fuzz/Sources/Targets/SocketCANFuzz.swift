@testable import Links

/// What the kernel's CAN socket delivers: every message has a meaning, and confirmations hold to S41.
enum SocketCANFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        var machine = SocketCANMachine(name: "can0")
        var underWay: Set<CANFrame> = []
        let now = Instant.now
        while !input.isEmpty {
            let choice = input.byte()
            switch choice & 3 {
            case 0, 1:
                let bytes = input.take(choice & 4 == 0 ? SocketCANMessage.size : Int(input.byte()) % 80)
                let message = SocketCANMessage(bytes)
                if case .frame(let frame) = message { roundTrip(frame) }
                for case .confirmed(let frame, _) in machine.received(message, isOwn: choice & 1 == 0, at: now) {
                    require(underWay.contains { $0.hasIdentifier(of: frame) }, "\(frame) was never sent")
                    underWay = underWay.filter { !$0.hasIdentifier(of: frame) }
                }
            case 2:
                guard let frame = CANFrame(UInt32(input.byte()), input.take(Int(choice >> 4 & 7))) else { continue }
                guard (try? machine.admit(frame)) != nil else { continue }
                _ = machine.sent(frame)
                underWay = underWay.filter { !$0.hasIdentifier(of: frame) }.union([frame])
            default: _ = machine.failed(call: "read", errno: Int32(input.byte()))
            }
        }
    }

    private static func roundTrip(_ frame: CANFrame) {
        require(frame.data.count <= 8, "\(frame)")
        require(
            SocketCANMessage(SocketCANMessage.bytes(of: frame)) == .frame(frame),
            "\(frame) becomes \(SocketCANMessage.bytes(of: frame))")
    }
}
