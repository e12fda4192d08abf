/// Something a host asks a JBD board: to read a register or to write one. `bytes` builds, `decode` reads.
package struct JBDRequest: Sendable, Hashable {
    /// The second byte of a request.
    package enum Access: UInt8, Sendable, Hashable {
        case read = 0xA5
        case write = 0x5A
    }

    package var access: Access
    package var register: UInt8
    /// Empty in the reads of the classic protocol.
    package var data: [UInt8]

    package init(_ access: Access, _ register: UInt8, _ data: [UInt8] = []) {
        (self.access, self.register, self.data) = (access, register, data)
    }

    /// The frame, checksum included.
    package var bytes: [UInt8] { JBDFrame.sealed(access.rawValue, register, data) }

    /// Reads a whole frame.
    ///
    /// - Throws: as `JBDFrame.check`; `unexpected_command` for an access other than 0xA5 and 0x5A.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> JBDRequest {
        try JBDFrame.check(bytes)
        guard let access = Access(rawValue: bytes.byte(at: 1)) else {
            throw DecodeError(.unexpectedCommand, "neither read nor write: " + hexadecimal(bytes.byte(at: 1)))
        }
        return JBDRequest(access, bytes.byte(at: 2), JBDFrame.data(of: bytes))
    }
}

// MARK: - Requests of the classic protocol (jbd.md 3 to 8)

extension JBDRequest {
    package static let basicInformation = JBDRequest(.read, JBDRegister.basicInformation)
    package static let cellVoltages = JBDRequest(.read, JBDRegister.cellVoltages)
    package static let hardwareName = JBDRequest(.read, JBDRegister.hardwareName)
    package static let counters = JBDRequest(.read, JBDRegister.counters)
    /// Opens the EEPROM for reading and writing.
    package static let enterFactoryMode = JBDRequest(.write, JBDRegister.enterFactoryMode, [0x56, 0x78])
    /// Closes the EEPROM again and leaves it as it was.
    package static let leaveFactoryMode = JBDRequest(.write, JBDRegister.leaveFactoryMode, [0, 0])

    /// Holds both switches open or releases them: each write sets both (0xE1).
    package static func hold(_ held: JBDHeldSwitches) -> JBDRequest {
        JBDRequest(.write, JBDRegister.switches, [0, held.rawValue])
    }
}

/// Switches that the host holds open: the low byte of 0xE1. A released one closes only if no protection holds it.
package struct JBDHeldSwitches: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let charge = JBDHeldSwitches(rawValue: 1 << 0)
    package static let discharge = JBDHeldSwitches(rawValue: 1 << 1)
}
