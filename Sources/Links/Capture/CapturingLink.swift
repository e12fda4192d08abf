/// A byte link that passes everything through and hands over a record of it.
///
/// A write is recorded once the link has taken it.
package final class CapturingLink: ByteLink {
    private let link: any ByteLink
    private let loop: any Loop
    private let channel: String
    private let time: CaptureTime
    private let sink: @Sendable (CaptureRecord) -> Void

    /// Wraps a link.
    ///
    /// - Parameters:
    ///   - link: What is recorded.
    ///   - channel: Its name in the records, such as `uart.1`.
    ///   - loop: The link's loop.
    ///   - time: How moments become times.
    ///   - sink: Gets each record, on the loop: it must not block.
    package init(
        _ link: any ByteLink, channel: String, loop: any Loop, time: CaptureTime,
        sink: @escaping @Sendable (CaptureRecord) -> Void
    ) {
        (self.link, self.channel, self.loop, self.time, self.sink) = (link, channel, loop, time, sink)
    }

    package var name: String { link.name }
    package var unsent: Int { link.unsent }

    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        // Not `self`: the link keeps this closure, and a link that is dropped unclosed must still close its descriptor.
        link.listen { [channel, time, sink] event in
            if case .received(let bytes, let instant) = event {
                sink(
                    CaptureRecord(
                        microseconds: time.microseconds(at: instant), channel: channel, content: .received(bytes)))
            }
            receiver(event)
        }
    }

    package func write(_ bytes: [UInt8]) throws(LinkError) {
        try link.write(bytes)
        sink(CaptureRecord(microseconds: time.microseconds(at: loop.now), channel: channel, content: .sent(bytes)))
    }

    package func discardInput() { link.discardInput() }
    package func close() { link.close() }
}
