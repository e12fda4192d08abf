import HTTP
import Links

extension Connection {
    /// Bytes that are handed to the wire at one go: what the other side does not take at once is kept that long.
    private static let pieceBytes = 64 * 1024

    /// Answers without the responder's task.
    func answer(_ response: HTTPResponse, unreadBody: Bool) {
        if unreadBody {
            // A body that nobody reads: the next request could not be told from it.
            head?.keepsAlive = false
        }
        isBodyUnread = unreadBody
        if let text = wholeText(response) { return writeLast(text) }
        task = Task(executorPreference: loop.taskExecutor) { await self.deliver(response) }
    }

    /// Sends the responder's answer.
    func deliver(_ response: HTTPResponse) async {
        if let text = wholeText(response) {
            writeLast(text)
            return advance()
        }
        let framing = framing(response)
        guard await put(ResponseText.head(response, framing: framing, keepsAlive: keepsAlive(framing))) else { return }
        if request?.method != .head {
            guard await putBody(response.body, inChunks: framing == .chunked) else { return close() }
        }
        if framing == .close { head?.keepsAlive = false }
        guard phase == .answering else { return }
        finish()
        advance()
    }

    /// The wire took everything.
    func drained() {
        if phase == .webSocket {
            isWireWaiting = false
            return flushWebSocket()
        }
        setDeadline(after: phase == .lingering ? limits.lingerTime : nil)
        if finishesWhenDrained {
            finishesWhenDrained = false
            finish()
            advance()
        } else {
            drainWaiter.take()?.resume(returning: true)
        }
    }

    // MARK: - Private

    /// An answer that is written at one go; nil for one that takes several.
    private func wholeText(_ response: HTTPResponse) -> [UInt8]? {
        let content: [UInt8]
        switch response.body {
        case .none: content = []
        case .bytes(let bytes): content = bytes
        case .stream: return nil
        }
        guard content.count <= Self.pieceBytes else { return nil }
        let framing = framing(response)
        var text = ResponseText.head(response, framing: framing, keepsAlive: keepsAlive(framing))
        if request?.method != .head, framing != .none { text += content }
        return text
    }

    private func framing(_ response: HTTPResponse) -> ResponseText.Framing {
        guard response.status >= 200, response.status != 204, response.status != 304 else { return .none }
        switch response.body {
        case .none: return .length(0)
        case .bytes(let bytes): return .length(bytes.count)
        case .stream: return head?.takesChunks ?? false ? .chunked : .close
        }
    }

    private func keepsAlive(_ framing: ResponseText.Framing) -> Bool {
        let isUnread = intake.map { !$0.isDone } ?? false
        return framing != .close && !isStopping && !isUnread && head?.keepsAlive ?? false
    }

    private func writeLast(_ text: [UInt8]) {
        switch wire.write(text) {
        case .written: finish()
        case .waiting:
            finishesWhenDrained = true
            setDeadline(after: limits.idleTime)
        case .failed: close()
        }
    }

    private func finish() {
        guard !isBodyUnread else { return end(lingering: true) }
        finishAnswer()
    }

    /// Writes, and waits until the wire took it; false when the connection ended.
    private func put(_ bytes: [UInt8]) async -> Bool {
        guard phase == .answering else { return false }
        switch wire.write(bytes) {
        case .written: return true
        case .failed:
            close()
            return false
        case .waiting:
            setDeadline(after: limits.idleTime)
            return await withCheckedContinuation { drainWaiter = $0 }
        }
    }

    private func putBody(_ body: HTTPBody, inChunks: Bool) async -> Bool {
        switch body {
        case .none: return true
        case .bytes(let bytes):
            for start in stride(from: 0, to: bytes.count, by: Self.pieceBytes) {
                let end = min(start + Self.pieceBytes, bytes.count)
                guard await put(Array(bytes[start..<end])) else { return false }
            }
            return true
        case .stream(let source):
            do {
                while let piece = try await source.next() {
                    guard !piece.isEmpty else { continue }
                    guard await put(inChunks ? ResponseText.chunk(piece) : piece) else { return false }
                }
            } catch {
                // The end of the connection without a last chunk tells that the body is not whole.
                return false
            }
            return inChunks ? await put(ResponseText.chunk([])) : true
        }
    }
}
