package import JSONText
package import Links

/// The newest frame of each identifier on the inverter's bus, sent and received.
package struct FrameBook: Sendable {
    /// One identifier's newest frame.
    package struct Entry: Sendable, Hashable {
        package var frame: CANFrame
        /// When, in µs of the capture's time.
        package var microseconds: Int64
        /// Time since the one before, s.
        package var period: Double?
        package var count: Int
    }

    /// By identifier; frames of ours, and those of others.
    private var sent: [UInt32: Entry] = [:]
    private var received: [UInt32: Entry] = [:]

    /// Identifiers of others that are remembered: a bus may carry anything.
    static let capacity = 256

    package init() {}

    /// Takes note of a record; what is no CAN frame is passed over.
    package mutating func take(_ record: CaptureRecord) {
        guard case .frame(let frame) = record.content else { return }
        if record.isOwn {
            Self.note(frame, record.microseconds, in: &sent)
        } else if received.count < Self.capacity || received[frame.identifier] != nil {
            Self.note(frame, record.microseconds, in: &received)
        }
    }

    /// How often each identifier of others was heard.
    var receivedCounts: [UInt32: Int] { received.mapValues(\.count) }

    /// The frames of ours by identifier, as `/api/can/status` shows them.
    package func sentFrames(at microseconds: Int64) -> JSONValue { Self.list(sent, microseconds) }
    /// The frames of others.
    package func receivedFrames(at microseconds: Int64) -> JSONValue { Self.list(received, microseconds) }

    /// Forgets everything: another bus.
    package mutating func removeAll() {
        sent = [:]
        received = [:]
    }

    // MARK: - Private

    private static func note(_ frame: CANFrame, _ microseconds: Int64, in entries: inout [UInt32: Entry]) {
        let before = entries[frame.identifier]
        entries[frame.identifier] = Entry(
            frame: frame, microseconds: microseconds,
            period: before.map { Double(microseconds - $0.microseconds) / 1e6 }, count: (before?.count ?? 0) + 1)
    }

    private static func list(_ entries: [UInt32: Entry], _ now: Int64) -> JSONValue {
        .array(
            entries.values.sorted { $0.frame.identifier < $1.frame.identifier }.map { entry in
                [
                    "id": .string(FrameText.identifier(entry.frame)), "title": .string(FrameText.title(entry.frame)),
                    "data": .string(FrameText.hexadecimal(entry.frame.data)),
                    "age_s": .number(max(0, Double(now - entry.microseconds) / 1e6)),
                    "period_s": .init(entry.period), "count": .integer(entry.count),
                    "fields": .object(FrameText.fields(entry.frame)),
                ]
            })
    }
}
