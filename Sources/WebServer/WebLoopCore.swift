import CLinux
import CWebSockets
import Glibc
import Links
import Synchronization

/// The context of libwebsockets, its thread and its queue: the only place with the library's pointers.
///
/// `@unchecked Sendable`: `shared` is behind a mutex; the context is made before the thread starts and destroyed by it;
/// everything else is touched on the thread alone. A socket is named by a number that is never used again, so that
/// nothing outside holds a pointer that may dangle; that makes it `@safe`.
@safe
final class WebLoopCore: LoopWorkQueue, @unchecked Sendable {
    private enum Stage { case idle, running, stopping, ended }

    private struct Shared {
        var work: [LoopWork] = []
        var timers = TimerQueue()
        /// The thread was woken and has not taken the work since: no need to wake it again.
        var isSignalled = false
        var stage = Stage.idle
        var thread: pthread_t?
    }

    private enum Handler {
        case connection(any WireHandler)
        case listener(@Sendable () -> Void)
    }

    @safe
    private struct Socket {
        /// Valid until the library tells of its close, which takes this entry away.
        var pointer: OpaquePointer
        var handler: Handler
        /// Whether the connection wants to read.
        var isReading = true
        /// Whether some of what was written is still here.
        var isWaiting = false
    }

    private let name: String
    private let shared = Mutex(Shared())
    private let current = Atomic<UInt>(0)

    // Made before the thread, then its own.
    private var context: OpaquePointer?
    private var plain: OpaquePointer?
    private var secure: OpaquePointer?
    private let memory = ContextMemory()

    // Touched on the thread alone.
    private var sockets: [UInt: Socket] = [:]
    private var lastNumber: UInt = 0
    /// What the alarm is set to.
    private var armed: Instant?

    init(name: String) { self.name = name }

    var isCurrent: Bool { current.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: - From any thread

    func enqueue(_ work: LoopWork) {
        let isCurrent = isCurrent
        shared.withLock { shared in
            guard shared.stage != .ended else { return }
            shared.work.append(work)
            if !isCurrent { wake(&shared) }
        }
    }

    func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        let isCurrent = isCurrent
        return shared.withLock { shared in
            let earliest = isCurrent ? nil : shared.timers.nextInstant()
            let timer = shared.timers.insert(at: instant, body)
            if !isCurrent, earliest.map({ instant < $0 }) ?? true { wake(&shared) }
            return timer
        }
    }

    func cancel(_ timer: LoopTimer) {
        // Bound to a name so that it is released after the lock: what a body captures may cancel timers of its own.
        let body = shared.withLock { $0.timers.remove(timer) }
        _ = body
    }

    /// Inside the lock, so that the context is not destroyed meanwhile: it is one write to an eventfd.
    private func wake(_ shared: inout Shared) {
        guard !shared.isSignalled, shared.stage == .running, let context = unsafe context else { return }
        shared.isSignalled = true
        unsafe lws_cancel_service(context)
    }

    // MARK: - Life

    /// Makes the context and starts the thread; once.
    func start(connections: Int, certificate: CertificateFiles?) throws(WebServerError) {
        try openContext(connections: connections, certificate: certificate)
        let reference = unsafe Unmanaged.passRetained(self)  // released by the thread when it ends
        shared.withLock { $0.stage = .running }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { reference in
                if let reference = unsafe reference {
                    unsafe Unmanaged<WebLoopCore>.fromOpaque(reference).takeRetainedValue().main()
                }
                return nil
            }, reference.toOpaque())
        guard result == 0 else {
            unsafe reference.release()
            shared.withLock { $0.stage = .ended }
            destroyContext()
            throw .system(call: "pthread_create", address: name, errno: result)
        }
        let started = thread
        shared.withLock { $0.thread = started }
    }

    /// Ends the thread once its queue is empty, and waits for that unless it is the caller.
    func stop() {
        let thread = shared.withLock { shared -> pthread_t? in
            if shared.stage == .running {
                shared.isSignalled = false
                wake(&shared)
                shared.stage = .stopping
            }
            defer { shared.thread = nil }  // joined or detached once only
            return shared.thread
        }
        guard let thread else { return }
        if isCurrent {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    // MARK: - The thread

    private func main() {
        current.store(UInt(pthread_self()), ordering: .relaxed)
        _ = unsafe cellbridge_name_this_thread(name)
        while shared.withLock({ $0.stage == .running }) {
            fireTimers()
            runWork()
            let hasWork = prepareToWait()
            // A negative time does not wait; any other waits for a socket, the alarm or `wake`.
            if unsafe lws_service(context, hasWork ? -1 : 0) < 0 { break }
        }
        destroyContext()
        // What was handed over before the stop still runs, and what that hands over in turn, within reason.
        for _ in 0..<1000 where runWork() {}
        let (work, bodies) = shared.withLock { shared -> ([LoopWork], [TimerQueue.Body]) in
            shared.stage = .ended
            defer { shared.work = [] }
            return (shared.work, shared.timers.removeAll())
        }
        _ = (work, bodies)
        current.store(0, ordering: .relaxed)
    }

    /// Sets the alarm for the next timer; true when there is something to do at once.
    private func prepareToWait() -> Bool {
        let (hasWork, next) = shared.withLock { shared in
            (!shared.work.isEmpty || shared.stage != .running, shared.timers.nextInstant())
        }
        if hasWork { return true }
        guard let next else { return false }
        let wait = Instant.now.duration(to: next)
        if wait <= .zero { return true }
        guard next != armed else { return false }
        armed = next
        let (seconds, attoseconds) = wait.components
        // poll(2) counts whole milliseconds: one more than needed is late by less than that, one less would spin.
        let microseconds = min(seconds, 1_000_000) * 1_000_000 + attoseconds / 1_000_000_000_000 + 1000
        unsafe lws_sul_schedule(context, 0, memory.alarm, { _ in }, microseconds)
        return false
    }

    private func fireTimers() {
        let now = Instant.now
        if let alarm = armed, alarm <= now { armed = nil }
        let limit = shared.withLock { $0.timers.nextIdentifier }
        while let body = shared.withLock({ $0.timers.popDue(at: now, scheduledBefore: limit) }) { body() }
    }

    /// Runs the work that is queued now, not what it adds; false when there was none.
    @discardableResult
    private func runWork() -> Bool {
        let work = shared.withLock { shared in
            defer {
                shared.work = []
                shared.isSignalled = false
            }
            return shared.work
        }
        for item in work { item.run() }
        return !work.isEmpty
    }

    // MARK: - The context

    private func openContext(connections: Int, certificate: CertificateFiles?) throws(WebServerError) {
        Complaints.collect()
        unsafe memory.protocols[0].name = unsafe UnsafePointer(memory.name)
        unsafe memory.protocols[0].callback = { pointer, reason, _, input, count in
            guard let pointer = unsafe pointer, let user = unsafe lws_context_user(lws_get_context(pointer)) else {
                return 0
            }
            let core = unsafe Unmanaged<WebLoopCore>.fromOpaque(user).takeUnretainedValue()
            return unsafe core.tell(reason, pointer, input, count)
        }
        // Large enough that a write of ours goes to the kernel as it is.
        unsafe memory.protocols[0].tx_packet_size = 1 << 20
        var info = unsafe lws_context_creation_info()
        unsafe info.port = CONTEXT_PORT_NO_LISTEN
        unsafe info.gid = -1
        unsafe info.uid = -1
        unsafe info.user = Unmanaged.passUnretained(self).toOpaque()  // the thread keeps us until the context is gone
        unsafe info.protocols = UnsafePointer(memory.protocols)
        // A TLS record whole (16 KiB), so that nothing decrypted is left where poll does not see it.
        unsafe info.pt_serv_buf_size = 16_640
        // Sockets that are being closed still count; the library's own pipe and our listeners do too.
        unsafe info.fd_limit_per_thread = UInt32(connections + 40)
        unsafe info.max_http_header_pool = 1
        unsafe info.options = cellbridge_context_options | (certificate == nil ? 0 : cellbridge_tls_option)
        guard let context = unsafe lws_create_context(&info) else {
            throw .context(reason: Complaints.last ?? "no memory or no descriptors")
        }
        unsafe self.context = unsafe context
        unsafe info.vhost_name = UnsafePointer(memory.plainName)
        unsafe plain = lws_create_vhost(context, &info)
        if let certificate { unsafe try openSecure(&info, certificate) }
        guard unsafe plain != nil else {
            destroyContext()
            throw .context(reason: Complaints.last ?? "no memory")
        }
    }

    private func openSecure(
        _ info: inout lws_context_creation_info, _ certificate: CertificateFiles
    ) throws(WebServerError) {
        let host = unsafe certificate.certificate.withCString { path in
            unsafe certificate.key.withCString { key in
                unsafe "http/1.1".withCString { protocols in
                    unsafe info.vhost_name = UnsafePointer(memory.secureName)
                    // The library gives TLS to a host with a listener alone, or to one that says it has its own.
                    unsafe info.port = CONTEXT_PORT_NO_LISTEN_SERVER
                    unsafe info.ssl_cert_filepath = path
                    unsafe info.ssl_private_key_filepath = key
                    unsafe info.alpn = protocols
                    unsafe info.options |= cellbridge_plain_on_tls_options
                    return unsafe lws_create_vhost(context, &info)
                }
            }
        }
        guard let host = unsafe host else {
            destroyContext()
            throw .certificate(path: certificate.certificate, reason: Complaints.last ?? "it does not fit its key")
        }
        unsafe secure = unsafe host
    }

    private func destroyContext() {
        guard let context = unsafe context else { return }
        // Every socket is closed in here, and its handler told.
        unsafe lws_context_destroy(context)
        unsafe (self.context, plain, secure) = (nil, nil, nil)
        sockets = [:]
    }

    // MARK: - Sockets, on the thread

    /// Takes an accepted socket over; its owner from now on is the loop. Nil when the loop cannot.
    func adopt(_ descriptor: Int32, isSecure: Bool, handler: (LoopWire) -> any WireHandler) -> UInt? {
        guard let host = unsafe isSecure ? secure : plain else {
            Glibc.close(descriptor)
            return nil
        }
        lastNumber += 1
        let number = lastNumber
        let type = LWS_ADOPT_SOCKET.rawValue | (isSecure ? LWS_ADOPT_ALLOW_SSL.rawValue : 0)
        guard let pointer = unsafe adopt(descriptor, host, type, number) else { return nil }
        sockets[number] = unsafe Socket(
            pointer: pointer, handler: .connection(handler(LoopWire(core: self, number: number))))
        return number
    }

    /// Watches a listening socket, which the loop owns from now on.
    func listen(on descriptor: Int32, _ handler: @escaping @Sendable () -> Void) -> UInt? {
        guard let host = unsafe plain else { return nil }
        lastNumber += 1
        guard let pointer = unsafe adopt(descriptor, host, LWS_ADOPT_RAW_FILE_DESC.rawValue, lastNumber) else {
            return nil
        }
        sockets[lastNumber] = unsafe Socket(pointer: pointer, handler: .listener(handler))
        return lastNumber
    }

    private func adopt(_ descriptor: Int32, _ host: OpaquePointer, _ type: UInt32, _ number: UInt) -> OpaquePointer? {
        var adoption = unsafe lws_adopt_desc_t()
        unsafe adoption.vh = unsafe host
        unsafe adoption.type = lws_adoption_type(rawValue: type)
        unsafe adoption.fd.sockfd = descriptor
        // A number in the shape of a pointer: it is never followed.
        unsafe adoption.opaque = UnsafeMutableRawPointer(bitPattern: number)
        return unsafe lws_adopt_descriptor_vhost_via_info(&adoption)
    }

    func isSecure(_ number: UInt) -> Bool {
        guard let socket = sockets[number] else { return false }
        return unsafe lws_is_ssl(socket.pointer) != 0
    }

    func write(_ bytes: [UInt8], to number: UInt) -> WriteOutcome {
        guard let socket = sockets[number], !socket.isWaiting else { return .failed }
        let pointer = unsafe socket.pointer
        // The library writes in front of a buffer for its own protocols only; a raw socket's bytes it leaves alone.
        let count = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe lws_write(
                pointer, UnsafeMutablePointer(mutating: buffer.baseAddress), buffer.count, LWS_WRITE_HTTP)
        }
        guard count >= bytes.count else { return .failed }
        guard unsafe lws_partial_buffered(pointer) != 0 else { return .written }
        sockets[number]?.isWaiting = true
        // The library does not read while something waits, but would be woken for it again and again.
        unsafe lws_rx_flow_control(pointer, 0)
        unsafe lws_callback_on_writable(pointer)
        return .waiting
    }

    func setReading(_ isReading: Bool, of number: UInt) {
        guard let socket = sockets[number], socket.isReading != isReading else { return }
        sockets[number]?.isReading = isReading
        if !socket.isWaiting { unsafe lws_rx_flow_control(socket.pointer, isReading ? 1 : 0) }
    }

    func finishWriting(_ number: UInt) {
        guard let socket = sockets[number], unsafe lws_is_ssl(socket.pointer) == 0 else { return }
        unsafe shutdown(lws_get_socket_fd(socket.pointer), Int32(SHUT_WR))
    }

    func close(_ number: UInt) {
        guard let socket = sockets[number] else { return }
        unsafe lws_set_timeout(
            socket.pointer, PENDING_TIMEOUT_KILLED_BY_PROXY_CLIENT_CLOSE, Int32(LWS_TO_KILL_ASYNC))
    }

    // MARK: - Called back

    /// What libwebsockets tells; non-zero closes the socket.
    fileprivate func tell(
        _ reason: lws_callback_reasons, _ pointer: OpaquePointer, _ input: UnsafeMutableRawPointer?, _ count: Int
    ) -> Int32 {
        guard let opaque = unsafe lws_get_opaque_user_data(pointer) else { return 0 }
        let number = UInt(bitPattern: opaque)
        guard let socket = sockets[number] else { return 0 }
        switch (reason, socket.handler) {
        case (LWS_CALLBACK_RAW_RX, .connection(let handler)):
            guard let input = unsafe input else { return 0 }
            // The library gives a handshake its own time; ours is counted by the connection.
            unsafe lws_set_timeout(pointer, NO_PENDING_TIMEOUT, 0)
            unsafe handler.wireReceived([UInt8](UnsafeRawBufferPointer(start: input, count: count)))
        case (LWS_CALLBACK_RAW_WRITEABLE, .connection(let handler)):
            guard socket.isWaiting else { return 0 }
            if unsafe lws_partial_buffered(pointer) != 0 {
                unsafe lws_callback_on_writable(pointer)
                return 0
            }
            sockets[number]?.isWaiting = false
            if socket.isReading { unsafe lws_rx_flow_control(pointer, 1) }
            handler.wireDrained()
        case (LWS_CALLBACK_RAW_CLOSE, .connection(let handler)):
            sockets[number] = nil
            handler.wireClosed()
        case (LWS_CALLBACK_RAW_RX_FILE, .listener(let handler)): handler()
        case (LWS_CALLBACK_RAW_CLOSE_FILE, .listener): sockets[number] = nil
        default: break
        }
        return 0
    }
}

/// A connection's bytes through the loop.
struct LoopWire: Wire {
    let core: WebLoopCore
    let number: UInt

    var isSecure: Bool { core.isSecure(number) }
    func write(_ bytes: [UInt8]) -> WriteOutcome { core.write(bytes, to: number) }
    func setReading(_ isReading: Bool) { core.setReading(isReading, of: number) }
    func finishWriting() { core.finishWriting(number) }
    func close() { core.close(number) }
}
