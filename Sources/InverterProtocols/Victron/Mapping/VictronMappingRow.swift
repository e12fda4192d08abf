package import Battery

/// Everything that a row of the mapping may look at.
package struct VictronSource: Sendable {
    /// The newest decision.
    package let decision: Decision
    /// Names, serial number and firmware.
    package let identity: VictronIdentity

    /// Creates a source; nothing of it is copied.
    package init(decision: Decision, identity: VictronIdentity) {
        self.decision = decision
        self.identity = identity
    }

    /// The packs as one battery.
    package var battery: BatteryPicture { decision.battery }
}

/// One row of the mapping: what stands at one place of one frame, and where it comes from.
///
/// The row encodes and is documented: `docs/pgn-conversions.md` is generated from the same values.
package struct VictronMappingRow: Sendable {
    /// Where the value goes.
    package enum Target: Sendable, Hashable {
        case number(VictronField)
        /// A pair of frame 0x35A by its number.
        case pair(Int)
        /// Eight characters of the text from this one on.
        case text(from: Int)
    }

    /// What happens while the value is unknown. Zero is never invented.
    package enum Unknown: Sendable, Hashable {
        /// The frame is not sent.
        case omitFrame
        /// The frame ends before this field: a shorter DLC.
        case endFrame
        /// This count is sent, which the protocol or its users read as harmless.
        case send(count: Int64)
    }

    /// The frame it belongs to.
    package let frame: VictronFrameID
    /// Where in the frame the value goes.
    package let target: Target
    /// What the field is called.
    package let name: String
    /// Where the value comes from, in the words of the code.
    package let source: String
    /// What happens while the value is unknown.
    package let unknown: Unknown
    /// Thresholds, exceptions, reasons.
    package let remark: String
    /// Writes the value, or what stands for an unknown one, into the frame's bytes; returns whether there was either.
    let write: @Sendable (VictronSource, inout [UInt8]) -> Bool

    /// First byte of the field.
    var offset: Int {
        switch target {
        case .number(let field): field.offset
        case .pair(let pair): VictronAlarms.position(of: pair).byte
        case .text: 0
        }
    }
}

// MARK: - Kinds of rows

extension VictronMappingRow {
    /// A row for a number.
    static func number(
        _ field: VictronField, _ name: String, from source: String, unknown: Unknown = .omitFrame,
        _ remark: String = "",
        value: @escaping @Sendable (VictronSource) -> Double?
    ) -> VictronMappingRow {
        VictronMappingRow(
            frame: field.frame, target: .number(field), name: name, source: source, unknown: unknown, remark: remark
        ) { source, data in
            if field.put(value(source), into: &data) { return true }
            guard case .send(let count) = unknown else { return false }
            field.put(count: count, into: &data)
            return true
        }
    }

    /// A row for a text, or for the second half of one.
    static func text(
        _ frame: VictronFrameID, _ name: String, from source: String, first: Int = 0, _ remark: String = "",
        value: @escaping @Sendable (VictronSource) -> String?
    ) -> VictronMappingRow {
        VictronMappingRow(
            frame: frame, target: .text(from: first), name: name, source: source, unknown: .omitFrame, remark: remark
        ) { source, data in
            guard let text = value(source) else { return false }
            data = VictronText.bytes(of: text, from: first)
            return true
        }
    }

    /// A row for a pair of 0x35A.
    static func pair(
        _ number: Int, _ name: String, from source: String, _ remark: String,
        value: @escaping @Sendable (VictronSource) -> VictronPair
    ) -> VictronMappingRow {
        let (byte, bit) = VictronAlarms.position(of: number)
        return VictronMappingRow(
            frame: .alarms, target: .pair(number), name: name, source: source, unknown: .omitFrame, remark: remark
        ) { source, data in
            guard data.indices.contains(byte) else { return false }
            data[byte] = data[byte] & ~(3 << UInt8(bit)) | value(source).rawValue << UInt8(bit)
            return true
        }
    }
}
