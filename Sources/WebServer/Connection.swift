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
    var reader: RequestHeadReader
    var request: HTTPRequest?
    var head: RequestHead?
    var intake: BodyIntake?
    var wholeBody: [UInt8] = []
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
    var isFresh = true

    /// By when something has to happen.
    var deadline: Instant?
    /// The loop's timer, which may be for an earlier moment than the deadline.
    var timer: (handle: LoopTimer, instant: Instant)?

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

    /// Whether we owe it something: its request has come whole, and we are at work on the answer. Who does not read what
    /// is written waits for nobody but itself.
    nonisolated var isAnswered: Bool {
        assumeIsolated { connection in
            connection.phase == .answering && connection.intake?.isDone ?? true && connection.drainWaiter == nil
                && !connection.finishesWhenDrained
        }
    }

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
}
