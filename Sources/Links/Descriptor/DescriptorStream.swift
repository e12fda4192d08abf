import CLinux
import Glibc

/// Reads and writes a stream descriptor on an `EventLoop`: the engine of every byte link that the kernel serves.
///
/// `@unchecked Sendable`: everything is touched on the loop alone, as `ByteLink` asks.
final class DescriptorStream: @unchecked Sendable {
    /// What the descriptor is: a tty has queues in its driver, a socket raises SIGPIPE unless asked not to.
    enum Kind { case tty, socket }

    /// Bytes that may wait for a device.
    static let queueLimit = 4096
    /// Bytes of one read.
    private static let readSize = 4096
    /// Reads in one turn, so that a device that never stops talking does not stop the loop.
    private static let readsATurn = 16

    let name: String
    private let kind: Kind
    private let loop: EventLoop
    private let queueLimit: Int
    private var descriptor: Descriptor?
    private var watch: DescriptorWatch?
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?
    private var queue: [UInt8] = []
    /// The watch is for room in the device too.
    private var isWaitingForRoom = false
    /// Why the link died; nil while it lives.
    private var failure: LinkError?

    /// Takes over an open, non-blocking descriptor. On the loop.
    init(
        _ descriptor: consuming Descriptor, kind: Kind, name: String, loop: EventLoop, queueLimit: Int = queueLimit
    ) throws(LinkError) {
        (self.name, self.kind, self.loop, self.queueLimit) = (name, kind, loop, queueLimit)
        let number = descriptor.number
        self.descriptor = consume descriptor
        watch = try loop.watch(number, name: name, for: .readable) { [weak self] in self?.isReady($0) }
    }

    deinit {
        // Only a link that was dropped without `close` gets here with a watch. The loop alone may touch that, and the
        // descriptor must outlive it, or its number could be reused under epoll's eyes.
        guard let watch, let descriptor = descriptor.take() else { return }
        let (loop, closing) = (loop, Closing(descriptor, kind))
        loop.perform {
            loop.unwatch(watch)
            _ = closing
        }
    }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        self.receiver = receiver
        guard let failure else { return }
        // The link died unheard; its one last event is still owed, though never from within this call.
        loop.perform { [self] in
            self.receiver?(.ended(failure))
            self.receiver = nil
        }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        if let failure { throw failure }
        guard watch != nil else { throw .system(name, call: "write", errno: EBADF) }
        guard queue.count + bytes.count <= queueLimit else { throw .congested(name) }
        let wasEmpty = queue.isEmpty
        queue += bytes
        guard wasEmpty else { return }
        if let failure = flush() {
            loop.perform { [self] in end(failure) }  // the caller learns it now, the listener after it
            throw failure
        }
    }

    /// Bytes in the queue, in the driver and, for a connection, on the way.
    var unsent: Int {
        guard let number = descriptor?.number else { return 0 }
        var count: Int32 = 0
        _ = unsafe cellbridge_output_queued(number, &count)
        return queue.count + Int(max(0, count))
    }

    func discardInput() {
        guard let number = descriptor?.number else { return }
        if kind == .tty { tcflush(number, TCIFLUSH) }
        // A flush leaves what the driver has not handed to the tty yet, and sockets know no flush. An end or an error that
        // shows up here shows up again in the next turn.
        for _ in 0..<Self.readsATurn {
            guard case .success(let bytes) = readOnce(number), !bytes.isEmpty else { return }
        }
    }

    func close() {
        receiver = nil
        letGo()
    }

    // MARK: - Private

    private func isReady(_ readiness: DescriptorReadiness) {
        if readiness.contains(.readable) || readiness.contains(.hangUp) {
            reading: for _ in 0..<Self.readsATurn {
                guard let number = descriptor?.number else { return }  // closed by the listener
                switch readOnce(number) {
                case .success(let bytes) where bytes.isEmpty: return end(.unplugged(name))
                case .success(let bytes):
                    receiver?(.received(bytes, at: loop.now))
                    // Fewer than would fit: that was all, and what has come since wakes the loop again.
                    if bytes.count < Self.readSize, !readiness.contains(.hangUp) { break reading }
                case .failure(let error): return end(error)
                case nil:
                    if readiness.contains(.hangUp) { return end(.unplugged(name)) }
                    break reading
                }
            }
        }
        if readiness.contains(.writable), let failure = flush() { end(failure) }
    }

    /// Reads what is there: empty at the end of the stream, nil when nothing is there yet.
    private func readOnce(_ number: Int32) -> Result<[UInt8], LinkError>? {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.readSize) { buffer, count in
            let result = unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
            code = result < 0 ? errno : 0
            count = max(0, result)
        }
        return switch code {
        case 0: .success(bytes)
        case EAGAIN, EINTR: nil
        default: .failure(.using(name, call: "read", errno: code))
        }
    }

    /// Writes as much of the queue as the device takes, and watches for more room when something is left.
    private func flush() -> LinkError? {
        guard let number = descriptor?.number, let watch else { return nil }
        while !queue.isEmpty {
            let count = unsafe queue.withUnsafeBytes { bytes in
                kind == .socket
                    ? unsafe send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                    : unsafe Glibc.write(number, bytes.baseAddress, bytes.count)
            }
            if count > 0 {
                queue.removeFirst(count)
            } else if count < 0 && errno != EINTR {
                guard errno == EAGAIN else { return .using(name, call: "write", errno: errno) }
                break
            }
        }
        let waits = !queue.isEmpty
        if waits != isWaitingForRoom {
            isWaitingForRoom = waits
            loop.change(watch, to: waits ? [.readable, .writable] : .readable)
        }
        return nil
    }

    /// Ends the link: closed before the listener hears of it, so that it may open the device again at once.
    private func end(_ error: LinkError) {
        guard failure == nil, watch != nil else { return }
        failure = error
        letGo()
        guard let receiver else { return }
        self.receiver = nil
        receiver(.ended(error))
    }

    private func letGo() {
        queue = []
        if let watch {
            loop.unwatch(watch)
            self.watch = nil
        }
        if let descriptor = descriptor.take() { _ = Closing(descriptor, kind) }
    }

    /// Closes a descriptor when it is let go, even by a loop that has ended.
    private final class Closing: Sendable {
        private let descriptor: Descriptor
        private let kind: Kind

        init(_ descriptor: consuming Descriptor, _ kind: Kind) {
            self.descriptor = descriptor
            self.kind = kind
        }

        /// How long a tty may take to send what was written last: an adapter must hear that it is taken off the bus.
        private static let patience = 20

        deinit {
            guard kind == .tty else { return }
            for _ in 0..<Self.patience where isSending { usleep(1000) }
            // A tty with output left would wait for it on closing, up to 30 s, and the loop with it. One without would
            // lose nothing of its own, but a pseudo-terminal what its other end has not read yet.
            if isSending { tcflush(descriptor.number, TCIOFLUSH) }
        }

        private var isSending: Bool {
            var count: Int32 = 0
            return unsafe cellbridge_output_queued(descriptor.number, &count) == 0 && count > 0
        }
    }
}
