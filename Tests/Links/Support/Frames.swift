@testable import Links

/// A frame that a test writes down, so that it is known to be possible.
func frame(_ identifier: UInt32, _ data: [UInt8], isExtended: Bool = false) -> CANFrame {
    guard let frame = CANFrame(identifier, data, isExtended: isExtended) else { preconditionFailure("no such frame") }
    return frame
}

let frame351 = frame(0x351, [0x20, 0x02])
let frame355 = frame(0x355, [50, 0])
let frame305 = frame(0x305, [0])
