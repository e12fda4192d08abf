import HTTP
import Log
import Synchronization
import WebServer

/// A responder whose answers a test can foretell.
final class TestResponder: Responder {
    /// Pieces of streamed uploads that were taken.
    let taken = Atomic<Int>(0)
    /// Requests whose task was cancelled.
    let cancelled = Atomic<Int>(0)
    /// `/wait` answers once this is opened.
    let gate = Gate()
    let socketEnded = Gate()

    func admit(_ head: HTTPRequest) -> Admission {
        let hasSession = head.cookie("id") != nil
        return switch head.path {
        case "/refused": Admission(.answer(Problem.unauthorized("log in first").response))
        case "/upload": Admission(.streamed(limit: 1 << 30), hasSession: hasSession)
        case "/small": Admission(.streamed(limit: 1000))
        case "/ws", "/flood": Admission(.socket, hasSession: hasSession)
        default: Admission(.whole(limit: 1000), hasSession: hasSession)
        }
    }

    func respond(_ request: HTTPRequest, body: RequestBody) async -> HTTPResponse {
        switch request.path {
        case "/upload", "/small": return await upload(body)
        case "/wait":
            await gate.wait()
            if Task.isCancelled { cancelled.add(1, ordering: .relaxed) }
            return .text("waited")
        case "/stream": return HTTPResponse(body: .stream(Numbers(count: Int(request.value("n") ?? "") ?? 3)))
        case "/broken": return HTTPResponse(body: .stream(Numbers(count: 3, breaks: true)))
        case "/large": return HTTPResponse(body: .bytes([UInt8](repeating: 7, count: 3_000_000)))
        case "/empty": return HTTPResponse(status: 204)
        default:
            return .text(
                "\(request.method.rawValue) \(request.path) \(String(decoding: body.bytes ?? [], as: UTF8.self))")
        }
    }

    func open(_ request: HTTPRequest, _ socket: WebSocket) async {
        if request.path == "/flood" {
            let text = String(repeating: "x", count: 10_000)
            while socket.send(text) {}
        }
        while let message = await socket.next() {
            switch message {
            case .text("bye"): socket.close(.policy, reason: "asked to")
            case .text(let text): socket.send(text)
            case .binary(let bytes): socket.send(bytes)
            }
        }
        socketEnded.open()
    }

    private func upload(_ body: RequestBody) async -> HTTPResponse {
        guard case .stream(let source) = body else { return .text("no stream", status: 500) }
        var count = 0
        do {
            while let piece = try await source.next() {
                count += piece.count
                taken.add(1, ordering: .relaxed)
            }
        } catch {
            return Problem.badRequest("cut short after \(count)").response
        }
        return .text("\(count)")
    }
}

/// Something that happens once and that tasks wait for.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Lines of numbers.
final class Numbers: BodySource {
    private struct Broken: Error {}
    private let count: Int
    private let breaks: Bool
    private let next = Atomic<Int>(0)

    init(count: Int, breaks: Bool = false) {
        self.count = count
        self.breaks = breaks
    }

    func next() async throws -> [UInt8]? {
        let number = next.add(1, ordering: .relaxed).newValue
        if number > count {
            if breaks { throw Broken() }
            return nil
        }
        return Array("\(number)\n".utf8)
    }
}

/// Events of a log.
final class TestLog: Sendable {
    let logger: Logger

    init() {
        let sink = Sink()
        logger = Logger(minimum: .debug, clock: .system) { sink.append($0) }
        self.sink = sink
    }

    private final class Sink: Sendable {
        let events = Mutex<[String]>([])
        func append(_ line: LogLine) { events.withLock { $0.append(line.event) } }
    }

    private let sink: Sink
    var events: [String] { sink.events.withLock { $0 } }
}

func startServer(
    _ responder: any Responder, kinds: [WebServer.Configuration.Listener.Kind] = [.plain],
    certificate: CertificateFiles? = nil, limits: WebLimits = WebLimits(), log: TestLog = TestLog()
) async throws -> WebServer {
    try await WebServer(
        .init(
            listeners: kinds.map { .init(.address(host: "127.0.0.1", port: 0), $0) }, certificate: certificate,
            limits: limits), responder: responder, log: log.logger)
}
