/// The device of a recording: answers each request as it was answered then.
///
/// A request is matched with the next recorded one of the same bytes that is at most a second away from it in the
/// recording's time, each of which answers once; what then came from the device comes again after the same delay. A request
/// without a match stays unanswered. `@unchecked Sendable`: everything is touched on the loop alone, as `ByteLink` asks.
package final class ReplayLink: ByteLink, @unchecked Sendable {
    /// Farthest that a recorded request may be from the one it stands for.
    package static let reach: Duration = .seconds(1)

    /// What was asked once, and what came of it.
    private struct Exchange {
        var time: Int64
        var request: [UInt8]
        /// Delay after the request, µs, and the bytes.
        var answers: [(delay: Int64, bytes: [UInt8])] = []
        var isUsed = false
    }

    /// What was counted.
    package struct Statistics: Sendable, Hashable {
        /// Requests that were asked here.
        package var asked = 0
        /// Of those, the ones that the recording knows.
        package var matched = 0
    }

    package let name: String
    package private(set) var statistics = Statistics()

    private let loop: any Loop
    private let time: CaptureTime
    private var exchanges: [Exchange] = []
    /// Everything before is too old to be matched.
    private var first = 0
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    /// Creates the device of one channel; it may be listened to again after it was closed.
    ///
    /// - Parameters:
    ///   - records: the recording, in order of time; other channels are passed over.
    ///   - channel: such as `uart.1`.
    ///   - loop: where it lives; best a virtual one.
    ///   - time: how moments of the loop become times of the recording.
    package init(_ records: [CaptureRecord], channel: String, loop: any Loop, time: CaptureTime) {
        (name, self.loop, self.time) = ("replay:" + channel, loop, time)
        for record in records where record.channel == channel {
            switch record.content {
            case .sent(let bytes): exchanges.append(Exchange(time: record.microseconds, request: bytes))
            case .received(let bytes):
                // What came before the first request answers nothing.
                guard let last = exchanges.indices.last else { continue }
                exchanges[last].answers.append((max(0, record.microseconds - exchanges[last].time), bytes))
            case .frame, .remote, .error: continue
            }
        }
    }

    package var unsent: Int { 0 }
    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }
    package func discardInput() {}
    package func close() { receiver = nil }

    package func write(_ bytes: [UInt8]) throws(LinkError) {
        statistics.asked += 1
        guard let match = match(bytes) else { return }
        statistics.matched += 1
        exchanges[match].isUsed = true
        let now = loop.now
        for (delay, bytes) in exchanges[match].answers {
            loop.schedule(at: now + .microseconds(delay)) { [weak self] in
                guard let self else { return }
                receiver?(.received(bytes, at: loop.now))
            }
        }
    }

    // MARK: - Private

    private func match(_ request: [UInt8]) -> Int? {
        let now = time.microseconds(at: loop.now)
        let reach = Int64(Self.reach / .microseconds(1))
        while first < exchanges.count, exchanges[first].time < now - reach { first += 1 }
        return exchanges[first...].prefix { $0.time <= now + reach }.indices.first {
            !exchanges[$0].isUsed && exchanges[$0].request == request
        }
    }
}
