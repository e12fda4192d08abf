package import JSONText
package import Links
package import WebServer

/// Tells every page what changed: one delta, computed once, for all of them.
///
/// A change of the picture is told at once, but not more than twenty times a second; without one there is a message a
/// second, by which a page knows that the gateway lives.
package actor TelemetryFeed {
    /// Longest time between two messages.
    static let heartbeat: Duration = .seconds(1)

    private let executor: any SerialExecutor
    private let clock: any GatewayClock
    private let render: @Sendable () -> JSONValue
    private var clients: [ObjectIdentifier: WebSocket] = [:]
    private var base: JSONValue = .null
    private var sequence = 0
    private var pace = MessagePace()
    private var lastMessage: Instant
    private let news: AsyncStream<Void>
    /// Says that the picture changed; cheap, from any thread, and never waits.
    package nonisolated let notify: @Sendable () -> Void

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    package init(
        executor: any SerialExecutor, clock: any GatewayClock, render: @escaping @Sendable () -> JSONValue
    ) {
        self.executor = executor
        self.clock = clock
        self.render = render
        lastMessage = clock.now
        let (news, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.news = news
        notify = { pulse.yield() }
    }

    /// Sends deltas until the task is cancelled.
    package func run() async {
        await withTaskGroup { group in
            group.addTask {
                while !Task.isCancelled { await self.beat() }
            }
            for await _ in news {
                if !clients.isEmpty {
                    let wait = pace.wait(at: clock.now)
                    if wait > .zero { try? await clock.sleep(for: wait) }
                    advance()
                }
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
    }

    /// A new client: everyone is brought up to this moment, then it gets the whole document.
    package func join(_ socket: WebSocket) {
        advance()
        if clients.isEmpty { base = render() }
        socket.send(message("snapshot", base))
        clients[ObjectIdentifier(socket)] = socket
    }

    /// A client that has gone.
    package func leave(_ socket: WebSocket) { clients[ObjectIdentifier(socket)] = nil }

    // MARK: - Private

    /// Waits until nothing was told for a second.
    private func beat() async {
        try? await clock.sleep(until: lastMessage + Self.heartbeat, tolerance: nil)
        guard clock.now >= lastMessage + Self.heartbeat else { return }
        // Nobody may be there to be told; then the next look is in a second too.
        lastMessage = clock.now
        notify()
    }

    private func advance() {
        guard !clients.isEmpty else { return }
        lastMessage = clock.now
        let new = render()
        let delta = TelemetryDelta.between(base, new)
        base = new
        sequence += 1
        let text = delta.map { message("delta", $0) } ?? message("snapshot", new)
        for socket in clients.values { socket.send(text) }
    }

    private func message(_ type: String, _ data: JSONValue) -> String {
        JSONValue.object([.init("type", .string(type)), .init("seq", .integer(sequence)), .init("data", data)]).text
    }
}
