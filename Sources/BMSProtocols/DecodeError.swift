/// Why bytes are not a good frame. One vocabulary for all families: the codes are those of `cellbridge decode`.
package struct DecodeError: Error, Sendable, Hashable {
    /// What is wrong. The raw value is the word in the output of `decode` (contract.md 6).
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// A line that is not pairs of hexadecimal digits.
        case malformedHex = "malformed_hex"
        /// Fewer bytes than the shortest frame, or than this frame announces.
        case tooShort = "too_short"
        /// The first byte is not the family's start byte.
        case badStart = "bad_start"
        /// The last byte is not the family's end byte.
        case badEnd = "bad_end"
        /// The checksum does not fit the bytes.
        case badChecksum = "bad_checksum"
        /// A length that contradicts itself, the command or the request.
        case badLength = "bad_length"
        /// A command that the family does not have, or not the one that was asked for.
        case unexpectedCommand = "unexpected_command"
        /// A Modbus exception.
        case deviceError = "device_error"
        /// A field outside what the protocol allows.
        case outOfRange = "out_of_range"
    }

    package var code: Code
    /// For people; its wording is no interface.
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

extension DecodeError: CustomStringConvertible {
    package var description: String { code.rawValue + ": " + detail }
}
