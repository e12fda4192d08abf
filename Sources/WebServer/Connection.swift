import HTTP
import Links

/// What a connection needs of the server that it belongs to; on the loop only.
protocol ConnectionHost: AnyObject, Sendable {
    var responder: any Responder { get }
    var limits: WebLimits { get }
    /// Where plain requests are sent: nil where they are answered. The host is the client's word for us.
    func redirection(of target: String, host: String?, peer: PeerAddress, listener: Int) -> HTTPResponse?
    /// Whether one more WebSocket may be opened; then it counts.
    func takeWebSocket() -> Bool
    func giveBackWebSocket()
    func setHasSession(_ hasSession: Bool, of connection: Connection)
    func ended(_ connection: Connection)
    func note(_ event: String, _ text: String, peer: PeerAddress)
}

/// One connection of HTTP/1.1: requests one after another, and perhaps a WebSocket at last.
///
/// An actor on the loop, so that what the loop tells is taken without a hop.
actor Connection: WireHandler {
    enum Phase: Hashable {
        /// Between requests, or within a head.
        case head
        /// Collecting a body that is wanted whole.
        case body
        /// The responder is at work, or its answer is on its way.
        case answering
        case webSocket
        /// Answered for the last time: what still comes is thrown away.
        case lingering
        case closed
    }

    nonisolated let loop: any Loop
    nonisolated let peer: PeerAddress
    nonisolated let number: UInt
    nonisolated let listener: Int
    let host: any ConnectionHost
    let wire: any Wire
    var limits: WebLimits { host.limits }

    var phase = Phase.head
    /// What came and was not looked at yet.
    var inbox: [UInt8] = []
    private var reader: RequestHeadReader
    var request: HTTPRequest?
    var head: RequestHead?
    var intake: BodyIntake?
    private var wholeBody: [UInt8] = []
    var upload = UploadQueue()
    var task: Task<Void, Never>?
    /// Whether the server is stopping: the request under way is the last.
    var isStopping = false

    /// Waits until the wire took what was written.
    var drainWaiter: CheckedContinuation<Bool, Never>?
    /// An answer that was written whole is finished once the wire took it.
    var finishesWhenDrained = false
    /// A body that was not taken is still coming.
    var isBodyUnread = false
    var webSocket: WebSocket?
    var webSocketReader: WebSocketReader
    var isAwaitingPong = false
    /// Whether a WebSocket's last frames are not out yet.
    var isWireWaiting = false
    /// Whether the first head is still to come: its time counts from the start of the connection.
    private var isFresh = true

    private var deadline: Instant?
    private var timer: (handle: LoopTimer, instant: Instant)?

    init(
        number: UInt, listener: Int, loop: any Loop, wire: any Wire, peer: PeerAddress, host: any ConnectionHost
    ) {
        self.number = number
        self.listener = listener
        self.loop = loop
        self.wire = wire
        self.peer = peer
        self.host = host
        reader = RequestHeadReader(limit: host.limits.headBytes)
        webSocketReader = WebSocketReader(limit: host.limits.webSocketMessage)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    // MARK: - What the loop tells

    nonisolated func wireReceived(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }
    nonisolated func wireDrained() { assumeIsolated { $0.drained() } }
    nonisolated func wireClosed() { assumeIsolated { $0.ended() } }

    /// Begins: the head is due within its time, the TLS handshake included.
    nonisolated func begin() { assumeIsolated { $0.setDeadline(after: $0.limits.headTime) } }

    /// Ends after the request under way, or at once where there is none.
    nonisolated func stop() {
        assumeIsolated { connection in
            connection.isStopping = true
            switch connection.phase {
            case .head, .lingering: connection.close()
            case .webSocket: connection.webSocket?.close(.goingAway, reason: "the gateway stops")
            case .body, .answering, .closed: break
            }
        }
    }

    /// Ends at once.
    nonisolated func abort() { assumeIsolated { $0.close() } }

    // MARK: - Reading

    private func received(_ bytes: [UInt8]) {
        switch phase {
        case .lingering, .closed: return
        case .head where inbox.isEmpty:
            inbox = bytes
            if !isFresh { setDeadline(after: limits.headTime) }
        default: inbox += bytes
        }
        advance()
    }

    /// Goes on with what came, as far as it reaches.
    func advance() {
        var isMoving = true
        while isMoving {
            switch phase {
            case .head: isMoving = !inbox.isEmpty && readHead()
            case .body: isMoving = !inbox.isEmpty && readBody()
            case .answering:
                readUpload()
                isMoving = false
            case .webSocket:
                readFrames()
                isMoving = false
            case .lingering, .closed: isMoving = false
            }
        }
        updateReading()
    }

    /// Reads a head; false where it is not whole.
    private func readHead() -> Bool {
        switch reader.read(inbox) {
        case .incomplete: return false
        case .refused(let problem):
            refuse(problem)
            return false
        case .head(let head, let length):
            if length == inbox.count { inbox = [] } else { inbox.removeFirst(length) }
            setDeadline(after: nil)
            isFresh = false
            begin(head)
            return true
        }
    }

    private func begin(_ head: RequestHead) {
        let request = HTTPRequest(
            method: head.method, path: head.path, query: head.query, headers: head.headers, peer: peer,
            isSecure: wire.isSecure)
        self.request = request
        self.head = head
        phase = .answering
        if !request.isSecure,
            let elsewhere = host.redirection(
                of: head.target, host: head.headers["Host"], peer: peer, listener: listener)
        {
            return answer(elsewhere, unreadBody: head.framing != .none)
        }
        let admission = host.responder.admit(request)
        host.setHasSession(admission.hasSession, of: self)
        switch admission.decision {
        case .answer(let response): answer(response, unreadBody: head.framing != .none)
        case .whole(let limit): take(head, request, limit: limit, isWhole: true)
        case .streamed(let limit): take(head, request, limit: limit, isWhole: false)
        case .socket: openWebSocket(head, request)
        }
    }

    private func take(_ head: RequestHead, _ request: HTTPRequest, limit: Int, isWhole: Bool) {
        intake = BodyIntake(head.framing, limit: limit)
        guard let intake else { return respond(request, .bytes([])) }
        guard !intake.isTooLong else { return refuse(.tooLarge(limit: limit)) }
        if head.expectsContinue, wire.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) != .written {
            return close()
        }
        setDeadline(after: limits.idleTime)
        if isWhole {
            phase = .body
        } else {
            upload = UploadQueue()
            respond(request, .stream(Upload(connection: self)))
        }
    }

    /// Reads on in a body that is wanted whole; true once it is.
    private func readBody() -> Bool {
        setDeadline(after: limits.idleTime)
        do {
            guard let content = try intake?.take(from: &inbox) else { return false }
            if wholeBody.isEmpty { wholeBody = content } else { wholeBody += content }
        } catch {
            refuse(error)
            return false
        }
        guard intake?.isDone ?? true, let request else { return false }
        setDeadline(after: nil)
        intake = nil
        let body = wholeBody
        wholeBody = []
        respond(request, .bytes(body))
        return true
    }

    private func respond(_ request: HTTPRequest, _ body: RequestBody) {
        phase = .answering
        // Cancelled when the connection ends.
        task = Task(executorPreference: loop.taskExecutor) { await self.serve(request, body) }
    }

    private func serve(_ request: HTTPRequest, _ body: RequestBody) async {
        let response = await host.responder.respond(request, body: body)
        guard phase == .answering else { return }
        await deliver(response)
    }

    /// Reads while there is room for what comes; what is not read stays with the client.
    func updateReading() {
        switch phase {
        case .head, .body, .lingering: wire.setReading(true)
        case .answering:
            let isFull = intake == nil ? inbox.count >= limits.headBytes : upload.isFull
            wire.setReading(!isFull)
        case .webSocket: wire.setReading(!(webSocket?.isInboxFull ?? true))
        case .closed: break
        }
    }

    // MARK: - Ending

    /// Begins with the next request, or ends the connection.
    func finishAnswer() {
        let isUnread = intake.map { !$0.isDone } ?? false
        (task, intake, request) = (nil, nil, nil)
        upload.fail()
        guard let head, head.keepsAlive, !isUnread, !isStopping else { return end(lingering: isUnread) }
        self.head = nil
        phase = .head
        setDeadline(after: inbox.isEmpty ? limits.keepAliveTime : limits.headTime)
    }

    /// Answers what cannot be answered otherwise, and ends the connection.
    func refuse(_ problem: Problem) {
        phase = .answering
        if head == nil { head = .unread } else { head?.keepsAlive = false }
        answer(problem.response, unreadBody: true)
    }

    /// Ends the connection once the other side had time to read the answer: what is closed with unread bytes is reset,
    /// and a reset overtakes the answer.
    func end(lingering: Bool) {
        guard lingering else { return close() }
        phase = .lingering
        inbox = []
        wire.finishWriting()
        wire.setReading(true)
        setDeadline(after: limits.lingerTime)
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        wire.close()
        release()
    }

    private func ended() {
        phase = .closed
        release()
        host.ended(self)
    }

    /// Lets go of everybody who waits.
    private func release() {
        setDeadline(after: nil)
        if let timer { loop.cancel(timer.handle) }
        timer = nil
        task?.cancel()
        task = nil
        inbox = []
        drainWaiter.take()?.resume(returning: false)
        upload.fail()
        if webSocket != nil { host.giveBackWebSocket() }
        webSocket.take()?.isGone()
    }

    // MARK: - Time

    func setDeadline(after time: Duration?) {
        deadline = time.map { loop.now.advanced(by: $0) }
        guard let deadline else { return }
        if let timer {
            // A later deadline is looked at when the timer fires: most requests never touch the timers.
            guard deadline < timer.instant else { return }
            loop.cancel(timer.handle)
        }
        arm(deadline)
    }

    private func arm(_ instant: Instant) {
        let handle = loop.schedule(at: instant) { [weak self] in self?.timeCame() }
        timer = (handle, instant)
    }

    private nonisolated func timeCame() {
        assumeIsolated { connection in
            connection.timer = nil
            guard let deadline = connection.deadline else { return }
            if deadline <= connection.loop.now { connection.timeIsUp() } else { connection.arm(deadline) }
        }
    }

    private func timeIsUp() {
        deadline = nil
        switch phase {
        case .head where inbox.isEmpty: close()
        case .head, .body:
            refuse(Problem(408, "timeout", "Request timeout", detail: "the request did not come in time"))
        case .answering:
            // Nobody sends the body, or nobody reads the answer.
            host.note("web.client_stalled", "a client neither sent nor read for too long", peer: peer)
            close()
        case .webSocket: pingIsDue()
        case .lingering: close()
        case .closed: break
        }
    }
}
