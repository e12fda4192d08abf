import HTTP
import Links

extension Connection {
    /// Keeps what came, and goes on with it.
    func received(_ bytes: [UInt8]) {
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
}
