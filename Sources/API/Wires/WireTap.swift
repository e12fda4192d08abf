package import Actors
package import JSONText
package import Links
package import WebServer

/// Listens to the wires for the pages: the newest frame of each identifier, and batches for those who watch.
///
/// It looks ten times a second what has come, instead of being woken by each record: the control path hands over and
/// knows nothing of it.
package actor WireTap {
    /// How often batches leave.
    static let period: Duration = .milliseconds(100)
    /// Records that wait until the next look: more than a full bus brings in that time.
    static let capacity = 1024
    /// Records of one message.
    static let batch = 200

    private let executor: any SerialExecutor
    private let clock: any GatewayClock
    private let captures: Broadcast<CaptureRecord>
    private let microseconds: @Sendable () -> Int64
    private var book = FrameBook()
    private var channel: String?
    private var can: [ObjectIdentifier: WebSocket] = [:]
    private var uart: [ObjectIdentifier: WebSocket] = [:]

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Makes a tap that hears nothing until `run`. `microseconds` is now, in the captures' time.
    package init(
        executor: any SerialExecutor, clock: any GatewayClock, captures: Broadcast<CaptureRecord>,
        microseconds: @escaping @Sendable () -> Int64
    ) {
        self.executor = executor
        self.clock = clock
        self.captures = captures
        self.microseconds = microseconds
    }

    /// Which wire a page watches.
    package enum Wire: Sendable, Hashable {
        case can
        case uart
    }

    /// Listens until the task is cancelled.
    package func run() async {
        let records = captures.subscribe(capacity: Self.capacity, name: "web")
        var dropped = 0
        while !Task.isCancelled {
            try? await clock.sleep(for: Self.period)
            var waiting: [CaptureRecord] = []
            while let record = records.poll() { waiting.append(record) }
            for record in waiting { note(record) }
            let lost = records.dropped - dropped
            dropped = records.dropped
            send(waiting, lost: lost)
        }
    }

    package func join(_ socket: WebSocket, _ wire: Wire) {
        switch wire {
        case .can: can[ObjectIdentifier(socket)] = socket
        case .uart: uart[ObjectIdentifier(socket)] = socket
        }
    }

    package func leave(_ socket: WebSocket) {
        can[ObjectIdentifier(socket)] = nil
        uart[ObjectIdentifier(socket)] = nil
    }

    /// The newest frames, `sent` and `received`, for `/api/can/status`.
    package var frames: [JSONValue.Member] {
        let now = microseconds()
        return [.init("sent", book.sentFrames(at: now)), .init("received", book.receivedFrames(at: now))]
    }

    /// How often each identifier of others was heard.
    var receivedCounts: [UInt32: Int] { book.receivedCounts }

    // MARK: - Private

    private func note(_ record: CaptureRecord) {
        guard case .frame = record.content else { return }
        if record.channel != channel { book.removeAll() }
        channel = record.channel
        book.take(record)
    }

    private func send(_ records: [CaptureRecord], lost: Int) {
        if !can.isEmpty { send(records.compactMap(CANRecordText.json), lost, to: can.values) }
        if !uart.isEmpty { send(records.compactMap(UARTRecordText.json), lost, to: uart.values) }
    }

    private func send(_ records: [JSONValue], _ lost: Int, to sockets: some Collection<WebSocket>) {
        guard !records.isEmpty || lost > 0 else { return }
        // The newest are what somebody looks at; what did not fit is counted.
        let kept = records.suffix(Self.batch)
        let message: JSONValue = [
            "type": "records", "dropped": .integer(lost + records.count - kept.count), "records": .array(Array(kept)),
        ]
        let text = message.text
        for socket in sockets { socket.send(text) }
    }
}

/// One record of the bus for a page.
enum CANRecordText {
    static func json(_ record: CaptureRecord) -> JSONValue? {
        guard case .frame(let frame) = record.content else { return nil }
        return [
            "time_ms": .integer(Int(record.microseconds / 1000)), "channel": .string(record.channel),
            "direction": record.isOwn ? "sent" : "received", "id": .string(FrameText.identifier(frame)),
            "data": .string(FrameText.hexadecimal(frame.data)), "text": .string(FrameText.text(frame)),
        ]
    }
}

/// One record of a serial link for a page.
enum UARTRecordText {
    static func json(_ record: CaptureRecord) -> JSONValue? {
        let (bytes, isSent): ([UInt8], Bool)
        switch record.content {
        case .received(let received): (bytes, isSent) = (received, false)
        case .sent(let sent): (bytes, isSent) = (sent, true)
        default: return nil
        }
        return [
            "time_ms": .integer(Int(record.microseconds / 1000)), "channel": .string(record.channel),
            "pack": .init(record.channel.split(separator: ".").last.flatMap { Int($0) }),
            "direction": isSent ? "sent" : "received", "data": .string(FrameText.hexadecimal(bytes)),
            "text": .string(FrameText.text(bms: bytes, sent: isSent)),
        ]
    }
}
