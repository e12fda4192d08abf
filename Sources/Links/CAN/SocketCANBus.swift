import CLinux
import Glibc

/// A CAN bus of the kernel, through a raw socket.
///
/// `@unchecked Sendable`: everything is touched on the loop alone, as `CANBus` asks.
package final class SocketCANBus: CANBus, @unchecked Sendable {
    /// Messages read in one turn, so that a flooded bus does not stop the loop.
    private static let readsATurn = 64

    package let name: String
    package var state: CANState { machine.state }
    package var counters: CANCounters { machine.counters }
    package var hasUnconfirmed: Bool { machine.hasUnconfirmed }

    private let loop: EventLoop
    private var machine: SocketCANMachine
    private var socket: Descriptor?
    private var watch: DescriptorWatch?
    private var receiver: (@Sendable (CANBusEvent) -> Void)?
    private var failure: LinkError?

    /// Takes over an open, non-blocking socket whose messages are CAN frames, of a controller in some state. On the loop.
    init(
        _ socket: consuming Descriptor, name: String, state: CANState = .errorActive, loop: EventLoop
    ) throws(LinkError) {
        (self.name, self.loop, machine) = (name, loop, SocketCANMachine(name: name, state: state))
        let number = socket.number
        self.socket = consume socket
        watch = try loop.watch(number, name: name, for: .readable) { [weak self] _ in self?.isReady() }
    }

    deinit {
        guard let watch, let socket = socket.take() else { return }
        let (loop, box) = (loop, Box(socket))
        loop.perform {
            loop.unwatch(watch)
            _ = box  // closed after it has left epoll
        }
    }

    /// Opens an interface: it must exist, be CAN, run at the wanted bit rate and be up.
    ///
    /// - Throws: `.notADevice` (also for a kernel without CAN), `.missing`, `.wrongBitRate`, `.down` or `.system`.
    package static func open(
        interface: String, bitRate: UInt32?, loop: EventLoop
    ) async throws(LinkError) -> SocketCANBus {
        let description = SocketCANInterface(interface)
        let (number, state) = try await WorkerThread.run(description.name) { () throws(LinkError) in
            (try description.open(bitRate: bitRate).release(), description.state())
        }
        return try await loop.run { () throws(LinkError) in
            try SocketCANBus(Descriptor(owning: number), name: description.name, state: state, loop: loop)
        }
    }

    package func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) {
        self.receiver = receiver
        guard let failure else { return }
        loop.perform { [self] in deliverEnd(failure) }
    }

    package func send(_ frame: CANFrame) throws(LinkError) {
        if let failure { throw failure }
        guard let number = socket?.number else { throw .down(name) }
        try machine.admit(frame)
        let bytes = SocketCANMessage.bytes(of: frame)
        guard unsafe write(number, bytes, bytes.count) == bytes.count else {
            let (error, events, isDead) = machine.failed(call: "write", errno: errno)
            deliverLater(events, end: isDead ? error : nil)
            throw error
        }
        deliverLater(machine.sent(frame), end: nil)
    }

    package func close() {
        receiver = nil
        letGo()
    }

    // MARK: - Private

    private func isReady() {
        for _ in 0..<Self.readsATurn {
            guard let number = socket?.number else { return }  // closed by the listener
            switch receive(number) {
            case .success(let (message, isOwn)):
                deliver(machine.received(message, isOwn: isOwn, at: loop.now))
            case .failure(let failure):
                if failure.code == EAGAIN || failure.code == EINTR { return }
                let (error, events, isDead) = machine.failed(call: "read", errno: failure.code)
                deliver(events)
                if isDead { return end(error) }
                return
            }
        }
    }

    private struct Failure: Error { var code: Int32 }

    private func receive(_ number: Int32) -> Result<(SocketCANMessage, isOwn: Bool), Failure> {
        var flags: Int32 = 0
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: SocketCANMessage.size) { buffer, count in
            var part = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            let result = unsafe withUnsafeMutablePointer(to: &part) { part in
                var header = unsafe msghdr()
                unsafe header.msg_iov = part
                unsafe header.msg_iovlen = 1
                let result = unsafe recvmsg(number, &header, 0)
                code = result < 0 ? errno : 0
                unsafe flags = header.msg_flags
                return result
            }
            count = max(0, result)
        }
        // A raw CAN socket never ends by itself; one that reads nothing is the socket of a test whose peer is gone.
        if code == 0, bytes.isEmpty { code = ENODEV }
        guard code == 0 else { return .failure(Failure(code: code)) }
        return .success((SocketCANMessage(bytes), isOwn: flags & Int32(MSG_CONFIRM) != 0))
    }

    private func deliver(_ events: [CANBusEvent]) {
        for event in events { receiver?(event) }
    }

    /// For what happens within `send`, whose caller is not to be called back before it returns.
    private func deliverLater(_ events: [CANBusEvent], end error: LinkError?) {
        guard !events.isEmpty || error != nil else { return }
        loop.perform { [self] in
            deliver(events)
            if let error { end(error) }
        }
    }

    private func end(_ error: LinkError) {
        guard failure == nil, watch != nil else { return }
        failure = error
        letGo()
        deliverEnd(error)
    }

    private func deliverEnd(_ error: LinkError) {
        let receiver = receiver
        self.receiver = nil
        receiver?(.ended(error))
    }

    private func letGo() {
        machine.close()
        if let watch {
            loop.unwatch(watch)
            self.watch = nil
        }
        socket = nil
    }

    private final class Box: Sendable {
        private let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }
}
