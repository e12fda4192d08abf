package import Access
package import HTTP
import JSONText
package import Log
package import WebServer

/// Answers the web server from the route table: who may, what is asked, and what becomes of it.
package final class APIResponder: Responder {
    /// What answers for paths that no route has: the pages' files. Nil where there is no such file.
    package typealias Pages = @Sendable (HTTPRequest) -> HTTPResponse?
    /// Whether a `Host` is this device's (S74).
    package typealias HostJudge = @Sendable (HTTPRequest) -> Bool

    private let table: RouteTable
    private let access: AccessControl
    private let isOwnHost: HostJudge
    private let pages: Pages
    private let logger: Logger

    package init(
        _ table: RouteTable, access: AccessControl, isOwnHost: @escaping HostJudge,
        pages: @escaping Pages = { _ in nil }, logger: Logger
    ) {
        self.table = table
        self.access = access
        self.isOwnHost = isOwnHost
        self.pages = pages
        self.logger = logger
    }

    package func admit(_ head: HTTPRequest) -> Admission {
        switch arrival(head) {
        case .answered(let response): return Admission(.answer(response))
        case .route(let route, let caller, let path):
            switch route.deed {
            case .socket: return Admission(.socket, hasSession: caller.isKnown)
            case .instant(let handler) where !head.announcesBody:
                return Admission(
                    .answer(answer(route) { try handler(Self.call(route, caller, path, head, [])) }),
                    hasSession: caller.isKnown)
            case .instant, .answer: break
            }
            if let problem = Self.fault(inBodyOf: head, route) {
                return Admission(.answer(problem.response), hasSession: caller.isKnown)
            }
            return Admission(.whole(limit: route.bodyLimit), hasSession: caller.isKnown)
        }
    }

    package func respond(_ request: HTTPRequest, body: RequestBody) async -> HTTPResponse {
        switch arrival(request) {
        case .answered(let response): return response
        case .route(let route, let caller, let path):
            do {
                let call = try Self.call(route, caller, path, request, body.bytes ?? [])
                switch route.deed {
                case .answer(let handler): return try await handler(call)
                case .instant(let handler): return try handler(call)
                case .socket: throw Problem.upgradeRequired
                }
            } catch {
                return answer(to: error, route)
            }
        }
    }

    package func open(_ request: HTTPRequest, _ socket: WebSocket) async {
        guard case .route(let route, let caller, let path) = arrival(request),
            case .socket(let handler) = route.deed,
            let call = try? Self.call(route, caller, path, request, [])
        else { return socket.close(.policy) }
        await handler(call, socket)
    }

    // MARK: - Private

    private enum Arrival {
        case answered(HTTPResponse)
        case route(Route, Identity, [String: String])
    }

    /// Where a request leads, and whether whoever asks may go there.
    private func arrival(_ request: HTTPRequest) -> Arrival {
        let match = table.match(request.method, request.path)
        let question = AccessRequest(request, isOwnHost: isOwnHost(request))
        let caller: Identity
        switch access.judge(question, match.demand) {
        case .allowed(let identity): caller = identity
        case .refused(let refusal): return .answered(Problem(refusal).response)
        case .redirected: return .answered(Self.secureAddress(of: request))
        }
        switch match {
        case .route(let route, let path): return .route(route, caller, path)
        case .otherMethods(let allowed):
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            guard request.method == .options else { return .answered(Problem.methodNotAllowed(allowed).response) }
            return .answered(HTTPResponse(status: 204, headers: ["Allow": names]))
        case .nothing: return .answered(page(request))
        }
    }

    /// A file of the pages, which anyone may see (S70).
    private func page(_ request: HTTPRequest) -> HTTPResponse {
        let isOurs = ["/api", "/ws"].contains { request.path == $0 || request.path.hasPrefix($0 + "/") }
        guard !isOurs, let response = pages(request) else { return Problem.notFound(request.path).response }
        return response
    }

    private static func secureAddress(of request: HTTPRequest) -> HTTPResponse {
        let isPlain = request.path.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (48...57).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || "/._-".utf8.contains(byte)
        }
        return .redirect(
            to: "https://" + (request.headers["Host"] ?? "")
                + (isPlain && !request.path.hasPrefix("//") ? request.path : "/"),
            isPermanent: true)
    }

    /// What is wrong with a body before it has come.
    private static func fault(inBodyOf head: HTTPRequest, _ route: Route) -> Problem? {
        if let length = head.headers["Content-Length"].flatMap({ Int($0) }), length > route.bodyLimit,
            route.bodyLimit > 0
        {
            return .tooLarge(limit: route.bodyLimit)
        }
        switch route.body {
        case .none: return nil
        case .json: return head.isJSON ? nil : .unsupportedMediaType(["application/json"])
        case .file(_, let types):
            let type = head.headers["Content-Type"]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
            return types.contains(type) ? nil : .unsupportedMediaType(types)
        }
    }

    private static func call(
        _ route: Route, _ caller: Identity, _ path: [String: String], _ request: HTTPRequest, _ bytes: [UInt8]
    ) throws -> Call {
        if let problem = fault(inBodyOf: request, route) { throw problem }
        return Call(
            request: request, caller: caller, parameters: try Reading.parameters(route, path: path, request),
            body: try Reading.body(route, bytes), bytes: bytes)
    }

    private func answer(_ route: Route, _ deed: () throws -> HTTPResponse) -> HTTPResponse {
        do { return try deed() } catch { return answer(to: error, route) }
    }

    private func answer(to error: any Error, _ route: Route) -> HTTPResponse {
        switch error {
        case let problem as Problem: return problem.response
        case let refusal as Refusal: return refusal.response
        case is CancellationError: return Problem.unavailable("the gateway is stopping").response
        default:
            logger.error(
                "web.fault", "A request could not be answered: \(error)",
                [.init("route", .string("\(route.method.rawValue) \(route.path.text)"))])
            return Problem(
                500, "internal", "Internal error", detail: "the request could not be answered; the log says why"
            ).response
        }
    }
}

extension Problem {
    package static func unsupportedMediaType(_ types: [String]) -> Problem {
        Problem(
            415, "unsupported-media-type", "Unsupported media type",
            detail: "this address takes a body of type \(types.joined(separator: " or "))",
            headers: ["Accept": types.joined(separator: ", ")])
    }
    /// 503: not now.
    package static func unavailable(_ detail: String) -> Problem {
        Problem(503, "unavailable", "Not available", detail: detail)
    }
    /// 409: not as things stand.
    package static func conflict(_ detail: String) -> Problem {
        Problem(409, "conflict", "Conflict", detail: detail)
    }
}

extension HTTPRequest {
    /// Whether bytes follow its head (RFC 9112, 6.3).
    fileprivate var announcesBody: Bool {
        headers["Content-Length"] != nil || headers["Transfer-Encoding"] != nil
    }
}
