import Access
import BMSProtocols
import Battery
import HTTP
import JSONText
import Links
import Log
import Simulator
import Synchronization
import Testing

@testable import API
@testable import Actors

/// The switches of a BMS over HTTP: the real routes, poller and driver, and a simulated board, on virtual time.
final class SwitchBench: Sendable {
    let loop = VirtualLoop()
    let pack: SimulatedPack
    let desk: BMSDesk
    let reports = Latest<PackReport>()
    /// Whether the routes see nothing of what the poller reads.
    let isBlind = Mutex(false)
    private let errands = PackErrands()
    private let family: SpokenFamily
    private let told = Told()
    private let task = Mutex<Task<Void, any Error>?>(nil)

    /// Age at which the data of the family is no longer live.
    var hold: Duration { .seconds(family.name == DalyDriver.familyName ? 4 : 2) }

    init(_ name: String = JBDDriver.familyName, scenario: String = "healthy") throws {
        family = try #require(SpokenFamily.named(name))
        let scene = try #require(Scenario.named(scenario))
        let setup = try #require(SimulatedPack.Setup(scenario: scene, family: name, seed: 1))
        pack = SimulatedPack(setup, on: loop)
        desk = BMSDesk(
            errands: { [errands] in $0 == 1 ? (errands, name) : nil }, clock: LoopClock(loop),
            report: { [told] in told.add($0) })
        pack.start()
    }

    deinit {
        task.withLock { $0?.cancel() }
        loop.runUntilIdle()
    }

    /// What was told of the writes.
    var events: [JSONTree] { told.all.compactMap { JSONTree($0.json.text.utf8) } }

    /// Starts the poller, and lets it poll for a while.
    func poll() {
        let poller = BMSPoller(
            .init(
                loop: loop,
                specification: PackSpecification(
                    chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150),
                interval: .milliseconds(500), hold: hold,
                link: PackLinkPicture(pack: 1, address: "sim:", family: family.name),
                openLink: { [loop, pack] () throws(LinkError) in
                    try await loop.run { () throws(LinkError) in try pack.openLink() }
                },
                makeDriver: { [loop, family] in family.makeDriver(1, $0, loop, .init()) }, reports: reports,
                linkPicture: Latest(), report: { _ in }, beat: {}, errands: errands))
        let running = Task(executorPreference: loop.taskExecutor) { try await poller.run() }
        task.withLock { $0 = running }
        loop.run(for: .seconds(10))
    }

    /// Begins to ask one of the routes.
    func begin(_ method: HTTPMethod, pack number: Int = 1, _ body: String = "null") throws -> Latest<HTTPResponse> {
        let routes = SwitchRoutes(
            desk: desk,
            report: { [self] number in number == 1 && !isBlind.withLock { $0 } ? reports.value : nil },
            wall: { UTCTime(milliseconds: 0) }
        ).routes
        let route = try #require(routes.first { $0.method == method })
        let answer = Latest<HTTPResponse>()
        guard case .answer(let handler) = route.deed else { return answer }
        let call = Call(
            request: HTTPRequest(path: "/api/switches"), caller: .nobody,
            parameters: ["pack": .number(Double(number))], body: JSONTree(body.utf8) ?? .null)
        _ = Task(executorPreference: loop.taskExecutor) {
            do { answer.store(try await handler(call)) } catch let problem as Problem {
                answer.store(problem.response)
            }
        }
        return answer
    }

    /// Asks one of the routes; nil while there is no answer.
    func ask(
        _ method: HTTPMethod, pack number: Int = 1, _ body: String = "null", within time: Duration = .seconds(20)
    ) throws -> HTTPResponse? {
        let answer = try begin(method, pack: number, body)
        loop.run(for: time)
        return answer.value
    }

    private final class Told: Sendable {
        private let events = Mutex<[GatewayEvent]>([])
        var all: [GatewayEvent] { events.withLock { $0 } }
        func add(_ event: GatewayEvent) { events.withLock { $0.append(event) } }
    }
}
