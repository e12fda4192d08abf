import Access
import Actors
import BMSProtocols
import Battery
import HTTP
import JSONText
import Links
import Simulator
import Synchronization
import Testing

@testable import API

@Suite("The switches of the BMS", .timeLimit(.minutes(1)))
struct SwitchRouteTests {
    static let families = SpokenFamily.all.filter(\.movesSwitches).map(\.name)

    private func states(_ answer: HTTPResponse?) -> [Bool?] {
        answer?.tree["switches"].elements.map { $0["closed"].bool } ?? []
    }

    @Test(arguments: families)
    func `S75: a switch is opened and closed again, read back, and told with its author`(_ family: String) throws {
        let bench = try SwitchBench(family)
        bench.poll()
        #expect(states(try bench.ask(.get)) == [true, true])
        for closed in [false, true] {
            let answer = try bench.ask(.patch, #"{"pack":1,"charge":\#(closed)}"#)
            #expect(answer?.status == 200, "\(answer?.text ?? "no answer")")
            let result = answer?.tree["results"].elements.first
            #expect(result?["name"].string == "charge")
            #expect(result?["old"].bool == !closed)
            #expect(result?["new"].bool == closed)
            #expect(result?["read_back"].bool == closed)
            #expect(result?["ok"].bool == true, "\(answer?.text ?? "no answer")")
            #expect(result?["problem"] == .null)
            #expect(bench.pack.terminals.chargeSwitchClosed == closed)
            #expect(bench.pack.terminals.dischargeSwitchClosed)
            #expect(states(try bench.ask(.get)) == [closed, true])
        }
        let told = bench.events
        #expect(told.map { $0["name"].string } == ["bms.switch_written", "bms.switch_written"])
        let fields = told.map { $0["fields"] }
        #expect(fields.map { $0["name"].string } == ["charge", "charge"])
        #expect(fields.map { $0["old"].bool } == [true, false])
        #expect(fields.map { $0["new"].bool } == [false, true])
        #expect(fields.allSatisfy { $0["author"].string == "nobody" && $0["pack"].number == 1 })
    }

    @Test(arguments: families)
    func `S2: while a switch is moved the data stays live`(_ family: String) throws {
        let bench = try SwitchBench(family)
        bench.poll()
        let answer = try bench.begin(.patch, #"{"pack":1,"discharge":false,"charge":false}"#)
        var oldest = Duration.zero
        for _ in 0..<1000 {
            bench.loop.run(for: .milliseconds(10))
            let origin = try #require(bench.reports.value?.ageOrigin)
            oldest = max(oldest, bench.loop.now - origin)
        }
        #expect(answer.value?.tree["results"].elements.count == 2, "\(answer.value?.text ?? "no answer")")
        #expect(answer.value?.tree["results"].elements.allSatisfy { $0["ok"].bool == true } == true)
        #expect(oldest < bench.hold, "the data was \(oldest) old")
    }

    @Test func `S75: what the driver believes and no poll shows is no success`() throws {
        let bench = try SwitchBench()
        bench.poll()
        let answer = try bench.begin(.patch, #"{"pack":1,"charge":false}"#)
        bench.isBlind.withLock { $0 = true }
        bench.loop.run(for: .seconds(20))
        let result = answer.value?.tree["results"].elements.first
        #expect(result?["read_back"] == .null)
        #expect(result?["ok"].bool == false)
        #expect(result?["problem"].string?.contains("no valid reading") == true)
        #expect(bench.events.first?["level"].string == "warning")
    }

    @Test(arguments: families)
    func `a switch that a protection holds open is told, and the other is left`(_ family: String) throws {
        let bench = try SwitchBench(family, scenario: "cell-over-voltage")
        bench.poll()
        bench.loop.run(for: .seconds(30))
        #expect(states(try bench.ask(.get, within: .seconds(1))) == [false, true])
        let answer = try bench.ask(.patch, #"{"pack":1,"charge":true,"discharge":true}"#, within: .seconds(15))
        let results = answer?.tree["results"].elements ?? []
        #expect(results.map { $0["name"].string } == ["charge", "discharge"])
        #expect(results.map { $0["read_back"].bool } == [false, true])
        #expect(results.map { $0["ok"].bool } == [false, false])
        #expect(results.first?["problem"].string?.contains("charge switch") == true, "\(answer?.text ?? "no answer")")
        #expect(results.last?["problem"].string?.contains("left as it was") == true)
        #expect(bench.events.map { $0["level"].string } == ["warning", "warning"])
    }

    @Test func `what cannot be done is one clear sentence, and nothing is told`() throws {
        let bench = try SwitchBench()
        bench.poll()
        #expect(try bench.ask(.get, pack: 2)?.status == 404)
        let none = try bench.ask(.patch, #"{"pack":1}"#)
        #expect(none?.status == 422)
        #expect(none?.tree["detail"].string?.contains("No switch is named") == true)
        let tiny = try SwitchBench(TinyBMSDriver.familyName)
        tiny.poll()
        let told = try tiny.ask(.get)
        #expect(told?.status == 200 && told?.tree["movable"].bool == false, "its state can be read all the same")
        #expect(try bench.ask(.get)?.tree["movable"].bool == true)
        let answer = try tiny.ask(.patch, #"{"pack":1,"charge":false}"#)
        #expect(answer?.status == 404)
        #expect(answer?.tree["detail"].string?.contains("tinybms takes no command that opens or closes") == true)
        #expect((bench.events + tiny.events).isEmpty)
    }

    @Test func `a BMS that does not answer is told so`() throws {
        let bench = try SwitchBench(scenario: "bms-silent")
        bench.poll()
        bench.loop.run(for: .seconds(40))
        #expect(try bench.ask(.patch, #"{"pack":1,"charge":false}"#, within: .seconds(8))?.status == 503)
        #expect(states(try bench.ask(.get)) == [nil, nil])
        #expect(bench.events.isEmpty)
    }

    @Test func `S75: only one write at a time reaches a BMS`() throws {
        let bench = try SwitchBench()
        bench.poll()
        let first = try bench.begin(.patch, #"{"pack":1,"charge":false}"#)
        let second = try bench.ask(.patch, #"{"pack":1,"charge":true}"#)
        #expect(first.value?.status == 200)
        #expect(second?.status == 409)
        #expect(!bench.pack.terminals.chargeSwitchClosed)
        #expect(try bench.ask(.patch, #"{"pack":1,"charge":true}"#)?.status == 200)
    }

    @Test func `S75: switches need the password, and no token has one`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let token = try await owner.token("admin")
        let answer = await device.send(.patch, "/api/switches", #"{"pack":1,"charge":false}"#, token: token)
        #expect(answer.status == 403)
        #expect(SwitchRouteTests.isGuarded(device, "/api/switches"))
        #expect(SwitchRouteTests.isGuarded(device, "/api/registers"))
    }

    private static func isGuarded(_ device: Device, _ path: String) -> Bool {
        device.table.routes.contains {
            $0.method == .patch && $0.path.text == path && $0.demand.needsFreshPassword
                && $0.demand.caller == .scope(.admin)
        }
    }

    @Test func `a family moves switches when its driver does`() {
        let loop = VirtualLoop()
        for family in SpokenFamily.all {
            let link = MemoryLink.pair(loop: loop, names: ("a", "b")).0
            let driver = family.makeDriver(1, link, loop, .init())
            #expect((driver is any SwitchControl) == family.movesSwitches, "\(family.name)")
        }
    }
}
