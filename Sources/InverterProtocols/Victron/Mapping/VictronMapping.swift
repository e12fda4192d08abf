package import Battery

/// From a decision to frames: the one table that encodes and that `docs/pgn-conversions.md` is generated from.
///
/// A frame is rebuilt from the newest decision each time it is sent; nothing is kept in between (S3).
package enum VictronMapping {
    /// Every row, in the order of the frames.
    package static let rows: [VictronMappingRow] =
        limitRows + chargeRows + measurementRows + alarmRows + moduleRows + cellRows + requestRows + energyRows
        + identityRows

    /// One frame from the newest decision; nil when it must not or cannot be sent.
    ///
    /// Nothing is sent while the decision or its stage forbids it. A value that is unknown omits or shortens its frame,
    /// or is sent as the row says. Makes no text for frames without text.
    package static func frame(
        _ id: VictronFrameID, from decision: Decision, identity: VictronIdentity
    ) -> VictronFrame? {
        guard decision.transmits, decision.stage.transmits, let layout = layouts[id] else { return nil }
        let source = VictronSource(decision: decision, identity: identity)
        var data: [UInt8] = Array(repeating: 0, count: layout.length)
        var end = layout.length
        for value in layout.values where !value.write(source, &data) {
            guard let shorter = value.endWithout else { return nil }
            end = min(end, shorter)
        }
        return VictronFrame(id, end == data.count ? data : Array(data.prefix(end)))
    }

    /// A whole set from one decision, in the order in which it should leave.
    package static func frames(for decision: Decision, identity: VictronIdentity) -> [ScheduledFrame] {
        VictronFramePlan.all.compactMap { plan in
            frame(plan.id, from: decision, identity: identity).map { frame in
                ScheduledFrame(id: plan.id, cadence: plan.cadence, frame: frame)
            }
        }
    }

    /// Whether a battery name needs 0x370 and 0x371: shorter ones fit 0x35E (protocols/victron-can.md 3).
    package static func sendsBatteryName(_ name: String) -> Bool { VictronText.printable(name).count > 8 }

    // MARK: - Private

    private struct Layout {
        let length: Int
        let values: [Value]
    }

    /// What of a row makes a frame; the rest of it makes the documentation.
    private struct Value {
        let write: @Sendable (VictronSource, inout [UInt8]) -> Bool
        /// Where the frame ends while the value is unknown; nil where it is not sent.
        let endWithout: Int?

        init(_ row: VictronMappingRow) {
            write = row.write
            endWithout = row.unknown == .endFrame ? row.offset : nil
        }
    }

    /// The rows by frame, made once: the search is on the latency path.
    private static let layouts: [VictronFrameID: Layout] = Dictionary(
        uniqueKeysWithValues: VictronFramePlan.all.map { plan in
            (plan.id, Layout(length: plan.length, values: rows.filter { $0.frame == plan.id }.map(Value.init)))
        })
}

/// A frame with its place in the schedule.
package struct ScheduledFrame: Sendable, Hashable {
    /// What the frame is.
    package let id: VictronFrameID
    /// How often it is sent.
    package let cadence: VictronFramePlan.Cadence
    /// The frame itself.
    package let frame: VictronFrame
}
