import Access
import Battery
import HTTP
import JSONText
import Links
import Log
import Testing

@testable import API
@testable import Actors
@testable import WebServer

/// What lasts longer than one answer: WebSockets, links that are opening, children.
@Suite("What lasts", .timeLimit(.minutes(1)))
struct LastingTests {
    @Test func `S73: a WebSocket ends with 4401 when its session or its token does`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let session = Identity.session(
            try await device.access.logIn(password: Secret(Device.password), from: "192.0.2.1"))
        let text = try await owner.token("read")
        var request = Device.request(.get, "/ws/telemetry")
        request.headers["Authorization"] = "Bearer " + text
        guard
            case .allowed(let token) = device.access.judge(
                AccessRequest(request, isOwnHost: true), Demand(.scope(.read)))
        else { throw DeviceError() }
        let loop = VirtualLoop()
        let life = SocketLife(access: device.access, clock: LoopClock(loop))
        for caller in [session, token] {
            let socket = WebSocket(limit: 1024, tell: {})
            _ = Task(executorPreference: loop.taskExecutor) { await life.keep(socket, of: caller) }
            loop.run(for: .seconds(5))
            guard case .nothing = socket.nextOut() else { throw DeviceError() }
            if caller == session {
                device.access.logOut(session)
            } else {
                try await device.access.revokeToken(id: device.access.tokens[0].id, author: "test")
            }
            loop.run(for: .seconds(1))
            guard case .frames(let frame) = socket.nextOut() else { throw DeviceError() }
            // A close frame: its code is the first two bytes of its content (RFC 6455, 5.5.1).
            #expect(frame.first == 0x88)
            #expect(frame.dropFirst(2).prefix(2).reduce(0) { $0 << 8 | Int($1) } == 4401)
        }
    }

    private let opening = PackLinkPicture(pack: 1, address: "/dev/ttyUSB7", family: "tinybms")

    @Test func `our own port that is only just opening is no fault of it`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        device.context.store(StatusContext(packs: [1: .init(link: "/dev/ttyUSB7")], bus: "slcan:/dev/ttyACM0"))
        device.links.store([opening])
        async let answer = owner.send(
            .post, "/api/links/test", #"{"kind":"bms","address":"serial:/dev/ttyUSB7?baud=115200"}"#)
        var failing = opening
        failing.problem = "the BMS is silent"
        device.links.store([failing])
        let tree = await answer.tree
        #expect(tree["ok"].bool == false)
        #expect(tree["problem"].string == "the BMS is silent", "and not that there is no such port")
        var inverter = InverterPicture(address: "slcan:/dev/ttyACM0")
        inverter.problem = "there is no adapter"
        device.picture.store(GatewayPicture(decision: nil, reports: [], inverter: inverter))
        let bus = await owner.send(
            .post, "/api/links/test", #"{"kind":"can","address":"slcan:/dev/ttyACM0","seconds":1}"#)
        #expect(bus.tree["problem"].string == "there is no adapter")
    }

    @Test func `links are the same under each of their names`() {
        #expect(LinkIdentity.isSame("/dev/ttyUSB0", "serial:/dev/ttyUSB0?baud=115200"))
        #expect(LinkIdentity.isSame("slcan:/dev/ttyACM0", "slcan:/dev/ttyACM0?bitrate=250000"))
        #expect(LinkIdentity.isSame("socketcan:can0", "socketcan:can0?bitrate=500000"))
        #expect(LinkIdentity.isSame("/dev/null", "/dev/../dev/null"))
        #expect(!LinkIdentity.isSame("/dev/ttyUSB0", "/dev/ttyUSB1"))
        #expect(!LinkIdentity.isSame("/dev/ttyACM0", "slcan:/dev/ttyACM0"))
        #expect(!LinkIdentity.isSame("", ""))
    }

    @Test func `the children are shown with what waits for them, and how often the gateway has started`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        var child = ChildReport(
            id: "monitoring", group: .service, state: .running, restarts: 0, lastError: nil, uptime: .seconds(2),
            heartbeatAge: .milliseconds(500))
        child.mailbox = .init()
        child.mailbox?.add(3, of: 64, dropped: 1)
        device.children.store([child])
        device.monitored(boots: 4)
        let system = await owner.send(.get, "/api/system").tree
        #expect(system["boot_count"].number == 4)
        let shown = try #require(system["children"].elements.first)
        #expect(shown["heartbeat_age_s"].number == 0.5)
        #expect(shown["mailbox"]["waiting"].number == 3)
        #expect(shown["mailbox"]["dropped"].number == 1)
    }
}
