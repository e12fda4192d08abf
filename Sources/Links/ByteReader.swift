/// Reads a byte link in the manner of a conversation: ask, then wait for bytes until a deadline.
///
/// It becomes the link's listener. `@unchecked Sendable`: everything is touched on the loop alone, as `ByteLink` asks;
/// only a cancellation comes from elsewhere, and it goes through `perform`.
package final class ByteReader: @unchecked Sendable {
    /// Bytes kept for a reader who does not come; the oldest go first.
    static let limit = 65_536

    /// When the newest byte arrived; nil before the first.
    package private(set) var lastArrival: Instant?

    private let link: any ByteLink
    private let loop: any Loop
    private var buffer: [UInt8] = []
    private var failure: LinkError?
    private var waiter: Waiter?
    private var nextTicket = 0

    private struct Waiter {
        var ticket: Int
        var timer: LoopTimer
        var continuation: CheckedContinuation<Result<[UInt8], LinkError>, Never>
    }

    /// Starts to listen. On the loop.
    package init(_ link: any ByteLink, loop: any Loop) {
        (self.link, self.loop) = (link, loop)
        link.listen { [weak self] event in self?.take(event) }
    }

    /// Everything that has arrived since the last call, or the next bytes to arrive before the deadline.
    ///
    /// On the loop; one caller at a time.
    /// - Returns: No bytes when the deadline passed or the task was cancelled.
    /// - Throws: What ended the link, once its last bytes have been read.
    package func next(until deadline: Instant) async throws(LinkError) -> [UInt8] {
        let ticket = nextTicket
        nextTicket &+= 1
        let result = await withTaskCancellationHandler {
            // Ready or wait is decided in the body, on the loop: nothing can arrive between the look and the wait.
            await withCheckedContinuation { continuation in
                if let ready = readyResult(deadline) { return continuation.resume(returning: ready) }
                resume(.success([]))  // an earlier caller, were there one, waits no longer
                let timer = loop.schedule(at: deadline) { [weak self] in self?.giveUp(ticket) }
                waiter = Waiter(ticket: ticket, timer: timer, continuation: continuation)
            }
        } onCancel: {
            loop.perform { [weak self] in self?.giveUp(ticket) }
        }
        return try result.get()
    }

    /// Forgets everything that arrived before now, here and in the link.
    package func discard() {
        buffer = []
        link.discardInput()
    }

    // MARK: - Private

    private func readyResult(_ deadline: Instant) -> Result<[UInt8], LinkError>? {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return .success(buffer)
        }
        if let failure { return .failure(failure) }
        return Task.isCancelled || deadline <= loop.now ? .success([]) : nil
    }

    private func take(_ event: ByteLinkEvent) {
        switch event {
        case .received(let bytes, let instant):
            lastArrival = instant
            if waiter != nil { return resume(.success(bytes)) }
            buffer += bytes
            if buffer.count > Self.limit { buffer.removeFirst(buffer.count - Self.limit) }
        case .ended(let error):
            failure = error
            resume(.failure(error))
        }
    }

    private func giveUp(_ ticket: Int) {
        if waiter?.ticket == ticket { resume(.success([])) }
    }

    /// Resumes whoever waits, once: the waiter is taken out first.
    private func resume(_ result: Result<[UInt8], LinkError>) {
        guard let waiter else { return }
        self.waiter = nil
        loop.cancel(waiter.timer)
        waiter.continuation.resume(returning: result)
    }
}
