import HTTP
import Links

extension Connection {
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

    /// Ends the connection at once.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        wire.close()
        release()
    }

    /// The wire is gone.
    func ended() {
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

    /// By when something has to happen; nil for no hurry.
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
