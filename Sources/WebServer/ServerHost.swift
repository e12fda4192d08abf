import Glibc
import HTTP
import JSONText
import Links
import Log

/// The server's state on its loop: who is connected, and who may be.
actor ServerHost: ConnectionHost {
    nonisolated let loop: WebLoop
    nonisolated let responder: any Responder
    nonisolated let limits: WebLimits
    private nonisolated let configuration: WebServer.Configuration
    private nonisolated let log: Logger

    private var table: ConnectionTable
    private var connections: [UInt: Connection] = [:]
    /// Numbers of the loop's listening sockets.
    private var listeners: [UInt] = []
    /// Runs while nobody is taken in.
    private var doorTimer: LoopTimer?
    private var webSockets = 0
    private var emptyWaiter: CheckedContinuation<Void, Never>?
    private var lastNumber: UInt = 0

    init(loop: WebLoop, configuration: WebServer.Configuration, responder: any Responder, log: Logger) {
        self.loop = loop
        self.configuration = configuration
        self.responder = responder
        self.log = log
        limits = configuration.limits
        table = ConnectionTable(
            total: configuration.limits.connections, perAddress: configuration.limits.connectionsPerAddress,
            hearing: configuration.limits.hearingTime)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    var connectionCount: Int { table.count }

    // MARK: - Listening

    /// Opens every listener; returns their ports.
    func open() throws(WebServerError) -> [UInt16] {
        var ports: [UInt16] = []
        for (index, listener) in configuration.listeners.enumerated() {
            if listener.kind == .secure, configuration.certificate == nil {
                throw .certificate(path: "(none)", reason: "TLS needs a certificate")
            }
            let (descriptor, port) = try ListeningSocket.open(listener.address)
            let number = loop.core.listen(on: descriptor) { [weak self] in
                self?.assumeIsolated { $0.accept(descriptor, index) }
            }
            guard let number else {
                Glibc.close(descriptor)
                throw .context(reason: "\(listener.address) cannot be watched")
            }
            listeners.append(number)
            ports.append(port)
        }
        return ports
    }

    /// Takes the next that waits. One a turn of the loop: whoever is in already is heard before a crowd at the door
    /// makes it give way.
    private func accept(_ listener: Int32, _ index: Int) {
        let isAnswered = { [connections] (number: UInt) in connections[number]?.isAnswered ?? false }
        if let opens = table.opens(isAnswered: isAnswered), opens > loop.now { return shutDoor(until: opens) }
        guard let (descriptor, peer) = ListeningSocket.accept(listener) else { return }
        switch table.judge(peer, isAnswered: isAnswered) {
        case .welcome: break
        case .instead(let number): remove(number)?.abort()
        case .full:
            note("web.full", "a connection was refused, because too many are open", peer: peer)
            Glibc.close(descriptor)
            return
        }
        lastNumber += 1
        let number = lastNumber
        var connection: Connection?
        let adopted = loop.core.adopt(descriptor, isSecure: configuration.listeners[index].kind == .secure) {
            let new = Connection(number: number, listener: index, loop: loop, wire: $0, peer: peer, host: self)
            connection = new
            return new
        }
        guard adopted != nil, let connection else { return }
        table.add(number, peer: peer, at: loop.now)
        connections[number] = connection
        connection.begin()
    }

    /// Leaves those who wait to the kernel for a while.
    private func shutDoor(until instant: Instant) {
        guard doorTimer == nil else { return }
        for number in listeners { loop.core.setReading(false, of: number) }
        doorTimer = loop.schedule(at: instant) { [weak self] in self?.assumeIsolated { $0.openDoor() } }
    }

    private func openDoor() {
        guard let timer = doorTimer.take() else { return }
        loop.cancel(timer)
        for number in listeners { loop.core.setReading(true, of: number) }
    }

    private func remove(_ number: UInt) -> Connection? {
        table.remove(number)
        return connections.removeValue(forKey: number)
    }

    // MARK: - Stopping

    /// Lets what is under way end, and cuts off what does not within a time.
    func stop(within time: Duration) async {
        openDoor()
        for number in listeners { loop.core.close(number) }
        listeners = []
        for connection in connections.values { connection.stop() }
        guard !connections.isEmpty else { return }
        let timer = loop.schedule(at: loop.now.advanced(by: time)) { [weak self] in
            self?.assumeIsolated { $0.cutOff() }
        }
        await withCheckedContinuation { emptyWaiter = $0 }
        loop.cancel(timer)
    }

    private func cutOff() {
        for connection in connections.values { connection.abort() }
        connections = [:]
        emptyWaiter.take()?.resume()
    }

    // MARK: - What connections ask

    nonisolated func redirection(
        of target: String, host: String?, peer: PeerAddress, listener: Int
    ) -> HTTPResponse? {
        let kind = configuration.listeners[listener].kind
        if kind == .plain { return nil }
        if case .redirecting = kind, peer.isLoopback { return nil }
        guard let host, let name = HostCheck.name(of: host) else {
            return Problem.badRequest("without a Host there is no address to be sent to").response
        }
        // To the port that was asked, which speaks TLS, or to the one that does.
        var authority = host
        if case .redirecting(let port) = kind {
            authority = (name.contains(":") ? "[\(name)]" : name) + (port == 443 ? "" : ":\(port)")
        }
        return .redirect(to: "https://\(authority)\(target)", isPermanent: true)
    }

    nonisolated func takeWebSocket() -> Bool {
        assumeIsolated { host in
            guard host.webSockets < host.limits.webSockets else { return false }
            host.webSockets += 1
            return true
        }
    }

    nonisolated func giveBackWebSocket() { assumeIsolated { $0.webSockets -= 1 } }

    nonisolated func setHasSession(_ hasSession: Bool, of connection: Connection) {
        assumeIsolated { $0.table.setHasSession(hasSession, of: connection.number) }
    }

    nonisolated func ended(_ connection: Connection) {
        assumeIsolated { host in
            if host.remove(connection.number) != nil { host.openDoor() }
            if host.connections.isEmpty { host.emptyWaiter.take()?.resume() }
        }
    }

    nonisolated func note(_ event: String, _ text: String, peer: PeerAddress) {
        log.notice(event, text, [.init("peer", .string(peer.description))])
    }
}
