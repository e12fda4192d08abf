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

/// The settings of a BMS over HTTP: the real routes, poller, driver and codec, and a simulated TinyBMS, on virtual time.
@Suite("The registers of the BMS", .timeLimit(.minutes(1)))
final class RegisterRouteTests {
    private let loop = VirtualLoop()
    private let pack: SimulatedPack
    private let errands = PackErrands()
    private let link = Latest<PackLinkPicture>()
    private let log = Lines()
    private let desk: BMSDesk
    private let poller: BMSPoller
    private var task: Task<Void, any Error>?

    init() {
        // Silent from 30 s to 90 s, and with a current sensor for 300 A.
        let scenario = Scenario.named("bms-silent") ?? Scenario.library[0]
        var bms = TinyBMSSimulator(scenario.pack, seed: 1)
        bms.mostCurrent = 300
        pack = SimulatedPack(.init(scenario: scenario, bms: bms, seed: 1), on: loop)
        let specification = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150)
        poller = BMSPoller(
            .init(
                loop: loop, specification: specification, interval: .milliseconds(500), hold: .seconds(2),
                link: PackLinkPicture(pack: 1, address: "sim:", family: "tinybms"),
                openLink: { [loop, pack] () throws(LinkError) in
                    try await loop.run { () throws(LinkError) in try pack.openLink() }
                },
                makeDriver: { [loop] in TinyBMSDriver(pack: 1, link: $0, loop: loop) }, reports: Latest(),
                linkPicture: link, report: { _ in }, beat: {}, errands: errands))
        desk = BMSDesk(
            errands: { [errands] in $0 == 1 ? (errands, "tinybms") : $0 == 2 ? (errands, "jbd") : nil },
            isPromising: { [link] _ in link.value.map { $0.problem == nil } ?? true }, clock: LoopClock(loop),
            report: { [log] in log.add($0) })
        pack.start()
    }

    deinit {
        task?.cancel()
        loop.runUntilIdle()
    }

    private func poll() {
        task = Task(executorPreference: loop.taskExecutor) { [poller] in try await poller.run() }
        loop.run(for: .seconds(3))
    }

    /// Asks one of the routes; nil while there is no answer.
    private func ask(
        _ method: HTTPMethod, pack number: Int = 1, _ body: String = "null", within time: Duration = .seconds(8)
    ) throws -> HTTPResponse? {
        let routes = RegisterRoutes(desk: desk, wall: { UTCTime(milliseconds: 0) }).routes
        let route = try #require(routes.first { $0.method == method })
        guard case .answer(let handler) = route.deed else { return nil }
        let call = Call(
            request: HTTPRequest(path: "/api/registers"), caller: .nobody,
            parameters: ["pack": .number(Double(number))], body: JSONTree(body.utf8) ?? .null)
        let answer = Latest<HTTPResponse>()
        _ = Task(executorPreference: loop.taskExecutor) {
            do { answer.store(try await handler(call)) } catch let problem as Problem {
                answer.store(problem.response)
            } catch let refusal as Refusal { answer.store(refusal.response) }
        }
        loop.run(for: time)
        return answer.value
    }

    private func value(_ name: String, _ answer: HTTPResponse?) -> Double? {
        answer?.tree["registers"].elements.first { $0["name"].string == name }?["value"].number
    }

    @Test func `the settings are read from the BMS, in their unit`() throws {
        poll()
        let answer = try ask(.get)
        #expect(answer?.status == 200)
        #expect(answer?.tree["family"].string == "tinybms")
        #expect(value("series_cells", answer) == 16)
        #expect(answer?.tree["registers"].elements.allSatisfy { $0["minimum"].number != nil } == true)
    }

    private func register(_ name: String, _ answer: HTTPResponse?) -> JSONTree? {
        answer?.tree["registers"].elements.first { $0["name"].string == name }
    }

    @Test func `limits and defaults are those that the BMS itself reports, and a write is held to them`() throws {
        poll()
        let answer = try ask(.get)
        let current = register("charge_overcurrent_A", answer)
        #expect(current?["limits_from"].string == "bms")
        #expect(current?["minimum"].number == 1)
        #expect(current?["maximum"].number == 300)
        #expect(current?["default"].number == 200)
        #expect(register("over_voltage_mV", answer)?["default"].number == 3750)
        // "No value" is no default.
        #expect(register("soc_preset_percent", answer)?["default"] == .null)
        let refused = try ask(.patch, #"{"pack":1,"values":{"charge_overcurrent_A":301}}"#)
        #expect(refused?.status == 422)
        #expect(refused?.tree["field"].string == "charge_overcurrent_A")
        #expect(log.all.isEmpty)
        let taken = try ask(.patch, #"{"pack":1,"values":{"charge_overcurrent_A":300}}"#)
        #expect(taken?.tree["results"].elements.first?["ok"].bool == true)
    }

    @Test func `S75: a write is read back and logged with its author`() throws {
        poll()
        let answer = try ask(.patch, #"{"pack":1,"values":{"recovery_time_s":7,"charge_overcurrent_A":80}}"#)
        #expect(answer?.status == 200, "\(answer?.text ?? "no answer")")
        let results = answer?.tree["results"].elements ?? []
        #expect(results.map { $0["name"].string } == ["charge_overcurrent_A", "recovery_time_s"])
        #expect(results.map { $0["read_back"].number } == [80, 7])
        #expect(results.allSatisfy { $0["ok"].bool == true && $0["problem"] == .null })
        #expect(value("recovery_time_s", try ask(.get)) == 7)
        let told = log.all.compactMap { JSONTree($0.json.text.utf8) }
        #expect(told.map { $0["name"].string } == ["bms.setting_written", "bms.setting_written"])
        #expect(told.map { $0["fields"]["name"].string } == ["charge_overcurrent_A", "recovery_time_s"])
        #expect(told.map { $0["fields"]["new"].number } == [80, 7])
        #expect(told.allSatisfy { $0["fields"]["author"].string == "nobody" && $0["fields"]["pack"].number == 1 })
    }

    @Test func `what may not be written says which name is at fault, and nothing is written`() throws {
        poll()
        for (body, field) in [
            (#"{"pack":1,"values":{"nothing":1}}"#, "nothing"),
            (#"{"pack":1,"values":{"pack_voltage_V":1}}"#, "pack_voltage_V"),
            (#"{"pack":1,"values":{"recovery_time_s":0.5}}"#, "recovery_time_s"),
            (#"{"pack":1,"values":{"recovery_time_s":8,"over_voltage_mV":60000}}"#, "over_voltage_mV"),
        ] {
            let answer = try ask(.patch, body)
            #expect(answer?.status == 422)
            #expect(answer?.tree["field"].string == field, "\(answer?.text ?? "")")
        }
        #expect(value("recovery_time_s", try ask(.get)) != 8)
        #expect(log.all.isEmpty)
    }

    @Test func `a pack that is none, or of another family, has no settings`() throws {
        poll()
        #expect(try ask(.get, pack: 3)?.status == 404)
        #expect(try ask(.get, pack: 2)?.status == 404)
    }

    @Test func `a BMS that does not answer is told at once`() throws {
        poll()
        loop.run(for: .seconds(70))
        let answer = try ask(.get, within: .seconds(2))
        #expect(answer?.status == 503)
        #expect(answer?.headers["Content-Type"] == "application/problem+json")
    }

    @Test func `a poller that is only just beginning is waited for`() throws {
        task = Task(executorPreference: loop.taskExecutor) { [loop, poller, errands] in
            // As when the configuration changed: whoever waited is sent away, and the next poller begins.
            try await LoopClock(loop).sleep(for: .milliseconds(300))
            errands.refuseAll()
            try await poller.run()
        }
        #expect(try ask(.get)?.status == 200)
    }

    private final class Lines: Sendable {
        private let events = Mutex<[GatewayEvent]>([])
        var all: [GatewayEvent] { events.withLock { $0 } }
        func add(_ event: GatewayEvent) { events.withLock { $0.append(event) } }
    }
}
