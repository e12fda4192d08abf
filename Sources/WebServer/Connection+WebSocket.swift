import CCrypto
import HTTP
import Links

extension Connection {
    func openWebSocket(_ head: RequestHead, _ request: HTTPRequest) {
        guard let key = head.webSocketKey else {
            let problem = Problem(
                426, "upgrade-required", "Upgrade required", detail: "this path is a WebSocket of version 13",
                headers: ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"])
            return answer(problem.response, unreadBody: head.framing != .none)
        }
        guard head.framing == .none else { return refuse(.badRequest("the opening of a WebSocket has no body")) }
        guard !isStopping, host.takeWebSocket() else {
            let problem = Problem(
                503, "too-many-sockets", "Too many WebSockets",
                detail: "\(limits.webSockets) WebSockets are open already: close one", headers: ["Retry-After": "10"])
            return answer(problem.response, unreadBody: false)
        }
        let accept = Self.accept(key)
        let socket = WebSocket(limit: limits.webSocketQueue) { [weak self, loop] in
            // Soon and on the loop, wherever the message came from.
            loop.perform { self?.assumeIsolated { $0.flushWebSocket() } }
        }
        webSocket = socket
        phase = .webSocket
        setDeadline(after: limits.pingTime)
        let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        guard wire.write(Array((text + "Sec-WebSocket-Accept: \(accept)\r\n\r\n").utf8)) == .written else {
            return close()
        }
        // Cancelled when the connection ends.
        task = Task(executorPreference: loop.taskExecutor) { [responder = host.responder] in
            await responder.open(request, socket)
            socket.close()
        }
    }

    func readFrames() {
        guard let webSocket else { return }
        do {
            while !webSocket.isInboxFull, let event = try webSocketReader.read(&inbox) {
                isAwaitingPong = false
                switch event {
                case .text(let text): webSocket.receive(.text(text))
                case .binary(let bytes): webSocket.receive(.binary(bytes))
                case .ping(let bytes): webSocket.enqueue(WebSocketFrame.pong(bytes))
                case .pong: break
                case .close(let code): return webSocket.closeBack(code)
                }
            }
        } catch {
            webSocket.close(code: error.code, reason: error.reason)
        }
    }

    /// Writes what waits, as long as the other side takes it.
    func flushWebSocket() {
        guard phase == .webSocket, let webSocket else { return }
        // What waits at the wire comes first; only that the reader is too slow is heard at once.
        guard !isWireWaiting || webSocket.hasOverflowed else { return }
        while true {
            switch webSocket.nextOut() {
            case .nothing:
                if webSocket.isInboxFull { return }
                return inbox.isEmpty ? updateReading() : advance()
            case .frames(let bytes):
                switch wire.write(bytes) {
                case .written: webSocket.wentOut()
                case .waiting:
                    isWireWaiting = true
                    return
                case .failed: return close()
                }
            case .end: return end(lingering: !isStopping)
            case .overflow:
                host.note(
                    "web.slow_reader", "a WebSocket was dropped, because its reader did not keep up", peer: peer)
                return close()
            }
        }
    }

    func pingIsDue() {
        guard !isAwaitingPong else {
            host.note("web.silent_socket", "a WebSocket was dropped, because it did not answer", peer: peer)
            return close()
        }
        isAwaitingPong = true
        webSocket?.enqueue(WebSocketFrame.ping())
        setDeadline(after: limits.pingTime)
    }

    /// RFC 6455, 4.2.2.
    private static func accept(_ key: String) -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(text, text.count, &digest)
        return Base64.text(digest)
    }
}
