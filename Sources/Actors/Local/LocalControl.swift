import Battery
package import JSONText
package import Links
import Log

/// Answers local programs on a socket in the state folder that only its owner may open: `watch`, `record`, `config`.
///
/// One JSON object a line in, one a line out. It lives on the services' loop and asks the rest only through what the
/// composition root hands in; the control path does not know it.
package actor LocalControl: Child {
    /// Name of the socket in the state folder.
    package static let socketName = "cellbridge.sock"

    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        package var loop: EventLoop
        /// Path of the socket.
        package var path: String
        /// The status document as it is now.
        package var status: @Sendable () -> JSONValue
        /// Carries out a request that is neither a picture nor a recording.
        package var perform: @Sendable (LocalRequest) async -> JSONValue
        /// Records of the wires from now on.
        package var captures: Broadcast<CaptureRecord>
        /// What changes from now on (S90).
        package var events: Broadcast<GatewayEvent>
        /// Events that wait for a slow reader: `events.queue_length`.
        package var eventQueue: @Sendable () -> Int
        package var report: EventReport

        package init(
            loop: EventLoop, path: String, status: @escaping @Sendable () -> JSONValue,
            perform: @escaping @Sendable (LocalRequest) async -> JSONValue, captures: Broadcast<CaptureRecord>,
            events: Broadcast<GatewayEvent>, eventQueue: @escaping @Sendable () -> Int, report: @escaping EventReport
        ) {
            self.loop = loop
            self.path = path
            self.status = status
            self.perform = perform
            self.captures = captures
            self.events = events
            self.eventQueue = eventQueue
            self.report = report
        }
    }

    /// How often a watcher is told what is new.
    private static let watchPeriod: Duration = .milliseconds(500)
    /// Bytes that may wait for a slow watcher: the newest picture is all that it needs, once it reads again.
    private static let watchBacklog = 1 << 16
    /// Longest request, bytes.
    private static let longestRequest = 1 << 18
    /// Records that wait for a slow recorder.
    private static let captureQueue = 4096

    private let parts: Dependencies
    private let clock: LoopClock

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe parts.loop.executor.asUnownedSerialExecutor()
    }

    package init(_ parts: Dependencies) {
        self.parts = parts
        clock = LoopClock(parts.loop)
    }

    package func run() async throws {
        let (connections, incoming) = AsyncStream.makeStream(of: Connection.self, bufferingPolicy: .bufferingNewest(16))
        let listener = try await UnixListener.listen(at: parts.path, on: parts.loop) { [loop = parts.loop] link in
            // Listened to in the turn in which it is accepted: a request that came with the connection must not be lost.
            incoming.yield(Connection(link: link, reader: ByteReader(link, loop: loop)))
        }
        defer { listener.close() }
        await withDiscardingTaskGroup { group in
            for await connection in connections {
                group.addTask { await self.serve(connection) }
            }
        }
    }

    // MARK: - Private

    /// Somebody at the other end, listened to.
    private struct Connection: Sendable {
        var link: StreamLink
        var reader: ByteReader
    }

    /// One connection, to its end.
    private func serve(_ connection: Connection) async {
        let (link, reader) = (connection.link, connection.reader)
        defer { link.close() }
        var waiting: [UInt8] = []
        while !Task.isCancelled {
            guard let bytes = try? await reader.next(until: clock.now + .seconds(3600)) else { return }
            waiting += bytes
            while let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(waiting[..<end])
                waiting.removeSubrange(...end)
                guard await answer(line, on: connection) else { return }
            }
            guard waiting.count <= Self.longestRequest else { return }
        }
    }

    /// Answers one request; false ends the connection.
    private func answer(_ line: [UInt8], on connection: Connection) async -> Bool {
        let link = connection.link
        guard let request = LocalRequest(line) else {
            return write(LocalRequest.failure("a request is one JSON object with a string \"command\""), on: link)
        }
        switch request.command {
        case "status": return write(["ok": true, "status": parts.status()], on: link)
        case "watch": return await stream(connection) { await self.watch(link) }
        case "events": return await stream(connection) { await self.events(link) }
        case "capture": return await stream(connection) { await self.capture(link) }
        default: return write(await parts.perform(request), on: link)
        }
    }

    /// Streams until either side ends it: a listener who has gone shows even while there is nothing to tell.
    private func stream(_ connection: Connection, _ body: @escaping @Sendable () async -> Void) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body() }
            group.addTask { await self.waitForEnd(connection.reader) }
            await group.next()
            group.cancelAll()
        }
        return false
    }

    private func waitForEnd(_ reader: ByteReader) async {
        while !Task.isCancelled {
            guard (try? await reader.next(until: clock.now + .seconds(3600))) != nil else { return }
        }
    }

    private func watch(_ link: StreamLink) async {
        while !Task.isCancelled {
            if link.unsent <= Self.watchBacklog {
                guard write(["ok": true, "status": parts.status()], on: link) else { return }
            }
            try? await clock.sleep(for: Self.watchPeriod)
        }
    }

    private func capture(_ link: StreamLink) async {
        let records = parts.captures.subscribe(capacity: Self.captureQueue, name: "recorder")
        while let record = await records.next() {
            guard write(["line": .string(record.line), "dropped": .integer(records.dropped)], on: link) else { return }
        }
    }

    private func events(_ link: StreamLink) async {
        let events = parts.events.subscribe(capacity: parts.eventQueue(), name: "local")
        while let event = await events.next() {
            let line: JSONValue = ["event": event.json, "dropped": .integer(events.dropped)]
            guard write(line, on: link) else { return }
        }
    }

    /// A reader that does not read is let go.
    private func write(_ value: JSONValue, on link: StreamLink) -> Bool {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        do {
            try link.write(bytes)
            return true
        } catch {
            return false
        }
    }
}
