package import Battery

/// From a decision to frames: the one table that encodes and that `docs/pgn-conversions.md` is generated from.
///
/// A frame is rebuilt from the newest decision each time it is sent; nothing is kept in between (S3).
package enum VictronMapping {
    /// Every row, in the order of the frames.
    package static let rows: [VictronMappingRow] =
        limitRows + chargeRows + measurementRows + alarmRows + moduleRows + cellRows + energyRows + identityRows

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
        for row in layout.rows where !row.write(source, into: &data) {
            switch row.unknown {
            case .omitFrame: return nil
            case .endFrame: end = min(end, row.offset)
            case .send(let count):
                if case .number(let field) = row.target { field.put(count: count, into: &data) }
            }
        }
        return VictronFrame(id, end == data.count ? data : Array(data.prefix(end)))
    }

    /// A whole set from one decision, in the order in which it should leave.
    package static func frames(for decision: Decision, identity: VictronIdentity) -> [ScheduledFrame] {
        VictronFramePlan.all.compactMap { plan in
            guard plan.cadence != .never, let frame = frame(plan.id, from: decision, identity: identity) else {
                return nil
            }
            return ScheduledFrame(id: plan.id, cadence: plan.cadence, frame: frame)
        }
    }

    /// Whether a battery name needs 0x370 and 0x371: shorter ones fit 0x35E (protocols/victron-can.md 3).
    package static func sendsBatteryName(_ name: String) -> Bool { VictronText.printable(name).count > 8 }

    // MARK: - Private

    private struct Layout {
        let length: Int
        let rows: [VictronMappingRow]
    }

    /// The rows by frame, made once: the search is on the latency path.
    private static let layouts: [VictronFrameID: Layout] = Dictionary(
        uniqueKeysWithValues: VictronFramePlan.all.filter { $0.cadence != .never }.map { plan in
            (plan.id, Layout(length: plan.length, rows: rows.filter { $0.frame == plan.id }))
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
