package import Access
package import Links
package import WebServer

/// Keeps a WebSocket as long as its client is there and its session holds.
package struct SocketLife: Sendable {
    /// How often the session is looked at.
    static let inspection: Duration = .seconds(1)

    private let access: AccessControl
    private let clock: any GatewayClock

    package init(access: AccessControl, clock: any GatewayClock) {
        self.access = access
        self.clock = clock
    }

    /// Returns when the client is gone or has lost its right to look.
    ///
    /// - Parameters:
    ///   - socket: the client.
    ///   - caller: whose right to look it is.
    ///   - body: what is sent meanwhile; it is cancelled at the end.
    package func keep(_ socket: WebSocket, of caller: Identity, _ body: @escaping @Sendable () async -> Void = {}) async
    {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                // What a page says is not listened to, but must be taken so that its end is seen.
                while await socket.next() != nil {}
                return true
            }
            group.addTask { [access, clock] in
                while !Task.isCancelled {
                    try? await clock.sleep(for: Self.inspection)
                    guard access.holds(caller) else {
                        socket.close(.sessionEnded, reason: "the session has ended")
                        return true
                    }
                }
                return true
            }
            group.addTask {
                await body()
                return false
            }
            while let isOver = await group.next(), !isOver {}
            group.cancelAll()
        }
    }
}
