package import Actors
import JSONText
import Monitoring
package import WebServer

/// Tells pages what happens and what lasts.
package actor EventFeed {
    /// Events that may wait.
    private static let capacity = 256

    /// What a page wants to hear.
    package enum Subject: Sendable, Hashable {
        case events
        case alerts
    }

    private let executor: any SerialExecutor
    private let desk: MonitoringDesk
    private var clients: [ObjectIdentifier: (socket: WebSocket, subject: Subject)] = [:]
    private var alerts: String?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    package init(executor: any SerialExecutor, desk: MonitoringDesk) {
        self.executor = executor
        self.desk = desk
    }

    /// Tells until the task is cancelled.
    package func run() async {
        let changes = desk.changes.subscribe(capacity: Self.capacity, name: "web")
        await withDiscardingTaskGroup { group in
            let pictures = desk.picture.subscribe(capacity: 1, name: "web")
            group.addTask { while await pictures.next() != nil { await self.tellAlerts() } }
            group.addTask { while let event = await changes.next() { await self.tell(event) } }
        }
    }

    package func join(_ socket: WebSocket, _ subject: Subject) {
        clients[ObjectIdentifier(socket)] = (socket, subject)
        if subject == .alerts { socket.send(alertMessage) }
    }

    package func leave(_ socket: WebSocket) { clients[ObjectIdentifier(socket)] = nil }

    // MARK: - Private

    private var alertMessage: String {
        guard case .object(let members) = EventRoutes.active(desk) else { return "" }
        return JSONValue.object([.init("type", "alerts")] + members).text
    }

    private func tell(_ event: LoggedEvent) {
        let text = JSONValue.object([.init("type", "event"), .init("event", event.json)]).text
        for client in clients.values where client.subject == .events { client.socket.send(text) }
    }

    /// The list where it changed; a reading alone is a change, too.
    private func tellAlerts() {
        guard clients.values.contains(where: { $0.subject == .alerts }) else { return }
        let text = alertMessage
        guard text != alerts else { return }
        alerts = text
        for client in clients.values where client.subject == .alerts { client.socket.send(text) }
    }
}
