import CLinux

/// What a kernel error frame says about the controller (S42).
///
/// Source: Linux `include/uapi/linux/can/error.h`: the class is in the identifier, details are in the data.
struct CANErrorReport: Sendable, Hashable {
    /// The state that the frame tells of; nil when it tells of none.
    var state: CANState?
    /// The controller came back from bus-off.
    var isRestart = false
    /// Frames that were under way are lost: no confirmation of them will come.
    var losesFrames = false

    /// Reads an error frame.
    ///
    /// - Parameters:
    ///   - errorClass: The identifier without its flag bits.
    ///   - data: Up to eight bytes; absent ones count as 0.
    init(errorClass: UInt32, data: [UInt8]) {
        func has(_ bit: some BinaryInteger) -> Bool { errorClass & UInt32(truncatingIfNeeded: bit) != 0 }
        func byte(_ index: Int) -> UInt8 { index < data.count ? data[index] : 0 }

        if has(CAN_ERR_BUSOFF) {
            state = .busOff
        } else if has(CAN_ERR_RESTARTED) {
            (state, isRestart) = (.errorActive, true)
        } else if has(CAN_ERR_CRTL), let told = Self.state(controller: byte(1)) {
            state = told
        } else if has(CAN_ERR_CNT) {
            state = Self.state(transmitErrors: byte(6), receiveErrors: byte(7))
        }
        losesFrames = isRestart || has(CAN_ERR_TX_TIMEOUT)
    }

    // MARK: - Private

    /// From the controller byte: the worst state it names.
    private static func state(controller byte: UInt8) -> CANState? {
        func has(_ bits: some BinaryInteger) -> Bool { byte & UInt8(truncatingIfNeeded: bits) != 0 }
        if has(CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE) { return .errorPassive }
        if has(CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING) { return .errorWarning }
        return has(CAN_ERR_CRTL_ACTIVE) ? .errorActive : nil
    }

    /// From the error counters, where a driver tells only these.
    private static func state(transmitErrors: UInt8, receiveErrors: UInt8) -> CANState {
        switch Int(max(transmitErrors, receiveErrors)) {
        case Int(CAN_ERROR_PASSIVE_THRESHOLD)...: .errorPassive
        case Int(CAN_ERROR_WARNING_THRESHOLD)...: .errorWarning
        default: .errorActive
        }
    }
}
