import Access
import Actors
import Battery
import Configuration
import FoundationEssentials
import Glibc
import HTTP
import JSONText
import Links
import Log
import Monitoring
import Storage
import Synchronization
import WebServer

@testable import API

/// A gateway as the web sees it, without sockets: the real routes, access control and configuration.
final class Device: Sendable {
    static let host = "127.0.0.1:8080"
    static let password = "correct horse battery"

    let folder: String
    let manager: ConfigManager
    let access: AccessControl
    let table: RouteTable
    let responder: APIResponder
    let feed: TelemetryFeed
    let status = Latest<JSONValue>()
    let late = Latest<[String]>()
    let restarted = Latest<String>()
    let picture = Latest<GatewayPicture>()
    let links = Latest<[PackLinkPicture]>()
    let context = Latest<StatusContext>()
    let children = Latest<[ChildReport]>()
    let monitoring = MonitoringDesk()
    private let services: EventLoop

    /// A claimed device with a configuration of its own; `overrides` are words of `--set`.
    init(overrides: [String] = []) async throws {
        var template = Array("/tmp/cellbridge-api-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw DeviceError() }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let storage = try StorageThread()
        services = try EventLoop(name: "services")
        manager = ConfigManager(
            folder: folder, executor: storage, overrides: try ConfigurationOverrides(assignments: overrides),
            rules: ConfigurationRules(), wallClock: { UTCTime.now.milliseconds })
        _ = try await manager.open()
        let logger = Logger(minimum: .debug, clock: .system) { _ in }
        access = AccessControl(
            .init(
                store: StoredAccess(manager), hasher: PasswordHasher(executor: try StorageThread()),
                clock: { AccessTime(uptime: LogClock.system.uptime(), wall: UTCTime.now.milliseconds) },
                logger: logger))
        try await access.open()
        let clock = LoopClock(services)
        let (loop, status, late, restarted) = (services, status, late, restarted)
        let (links, context, children) = (links, context, children)
        status.store(Self.status)
        let parts = WebParts(
            version: "0.0.0", state: folder, pages: nil, access: access, manager: manager, loop: services,
            files: storage, status: { status.value ?? .null }, picture: picture, links: { links.value ?? [] },
            context: { context.value ?? StatusContext() }, now: { loop.now }, wall: { .now },
            captures: Broadcast<CaptureRecord>(),
            captureTime: { 0 }, events: Broadcast<GatewayEvent>(), late: { late.value ?? [] },
            children: { children.value ?? [] },
            restart: { id in
                restarted.store(id)
                return id == "acquisition"
            }, restartProcess: {}, monitoring: monitoring, errands: { _ in nil },
            openPack: { address, _ throws(LinkError) in throw .badAddress(address, reason: "there is none here") },
            openBus: { address throws(LinkError) in throw .badAddress(address, reason: "there is none here") },
            logger: logger, report: { _ in }, onListening: { _ in })
        feed = TelemetryFeed(executor: services.executor, clock: clock, render: parts.status)
        let tap = WireTap(
            executor: services.executor, clock: clock, captures: parts.captures, microseconds: { 0 })
        let news = EventFeed(executor: services.executor, desk: parts.monitoring)
        table = RouteTable(GatewayRoutes(parts, feed: feed, tap: tap, news: news, clock: clock).all)
        responder = APIResponder(
            table, access: access,
            isOwnHost: { HostCheck.isOwn(host: $0.headers["Host"], names: ["gateway"], addresses: []) },
            pages: { request in request.path == "/" ? .text("page") : nil }, logger: logger)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The live picture before there is any.
    static var status: JSONValue {
        StatusDocument.render(nil, packs: [], now: Instant.now, time: UTCTime(milliseconds: 0))
    }

    /// A monitor that knows how often the gateway has started.
    func monitored(boots: Int) {
        let watch = BatteryWatch(.init(packs: []), at: Moment(.now, milliseconds: 0))
        monitoring.picture.store(
            MonitoringPicture(
                hasEarlier: true, derived: watch.derived(at: .now), peaks: watch.peaks, alerts: [], alarmsSince: [:],
                faults: [], bootCount: boots, lostEvents: 0))
    }

    /// The code that claims it.
    func setupCode() async throws -> String {
        var random = SystemRandomNumberGenerator()
        return try await AccessAdministration.setupCode(StoredAccess(manager), using: &random)?.text ?? ""
    }

    /// Claims it and returns its owner.
    func claim() async throws -> Owner {
        let response = await send(
            .post, "/api/setup", #"{"code":"\#(try await setupCode())","password":"\#(Self.password)"}"#)
        return try Owner(response, self)
    }

    /// What a request is answered with, as the server asks: first whether it is admitted.
    func send(_ request: HTTPRequest, _ body: [UInt8] = []) async -> HTTPResponse {
        switch responder.admit(request).decision {
        case .answer(let response): return response
        case .whole(let limit):
            return body.count > limit && limit > 0
                ? Problem.tooLarge(limit: limit).response : await responder.respond(request, body: .bytes(body))
        case .streamed: return await responder.respond(request, body: .bytes(body))
        case .socket: return HTTPResponse(status: 101)
        }
    }

    /// A request of a page, which has no session.
    func send(_ method: HTTPMethod, _ target: String, _ body: String? = nil) async -> HTTPResponse {
        await send(Self.request(method, target, body), Array((body ?? "").utf8))
    }

    /// A request as a page makes it.
    static func request(_ method: HTTPMethod, _ target: String, _ body: String? = nil) -> HTTPRequest {
        var headers: HTTPHeaders = ["Host": host, "Origin": "http://" + host]
        if let body {
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = "\(body.utf8.count)"
        }
        return HTTPRequest(method: method, target: target, headers: headers) ?? HTTPRequest(path: "/")
    }
}

struct DeviceError: Error {}

/// The owner of a device at a page.
struct Owner: Sendable {
    let device: Device
    let cookie: String
    let token: String

    init(_ response: HTTPResponse, _ device: Device) throws {
        guard let cookie = response.headers["Set-Cookie"]?.split(separator: ";").first,
            let token = response.tree["csrf_token"].string
        else { throw DeviceError() }
        self.device = device
        self.cookie = String(cookie)
        self.token = token
    }

    func request(_ method: HTTPMethod, _ target: String, _ body: String? = nil) -> HTTPRequest {
        var request = Device.request(method, target, body)
        request.headers["Cookie"] = cookie
        if !method.isSafe { request.headers["X-CSRF-Token"] = token }
        return request
    }

    func send(_ method: HTTPMethod, _ target: String, _ body: String? = nil) async -> HTTPResponse {
        await device.send(request(method, target, body), Array((body ?? "").utf8))
    }

    /// Makes a token.
    func token(_ scopes: String...) async throws -> String {
        let list = scopes.map { "\"\($0)\"" }.joined(separator: ",")
        let response = await send(.post, "/api/tokens", #"{"name":"test","scopes":[\#(list)]}"#)
        guard let token = response.tree["token"].string else { throw DeviceError() }
        return token
    }
}

extension Device {
    /// A request of a program.
    func send(
        _ method: HTTPMethod, _ target: String, _ body: String? = nil, token: String
    ) async -> HTTPResponse {
        var request = Self.request(method, target, body)
        request.headers["Origin"] = nil
        request.headers["Authorization"] = "Bearer " + token
        return await send(request, Array((body ?? "").utf8))
    }
}

extension HTTPResponse {
    var bytes: [UInt8] {
        guard case .bytes(let bytes) = body else { return [] }
        return bytes
    }
    /// The JSON of the body; null without one.
    var tree: JSONTree { JSONTree(bytes) ?? .null }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
