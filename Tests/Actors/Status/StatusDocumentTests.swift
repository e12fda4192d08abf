import Battery
import JSONText
import Links
import Log
import Simulator
import Testing

@testable import Actors

@Suite("The status document")
struct StatusDocumentTests {
    private func document(_ world: World) -> JSONValue {
        StatusDocument.render(
            world.picture.value, packs: [world.linkPicture.value].compactMap(\.self), now: world.loop.now,
            time: UTCTime(milliseconds: 0))
    }

    @Test func `S10: values carry their age, and turn to null at SILENT`() {
        let world = World()
        world.start()
        world.run(.seconds(30))
        let live = document(world)
        #expect(live["stage"] == "live")
        #expect((live["battery"]["age_s"].number ?? 9) < 1)
        #expect(live["packs"].elements.first?["standing"] == "joined")
        #expect((live["battery"]["voltage_v"].number ?? 0) > 50)
        #expect(live["limits"]["reasons"]["ccl"].elements.first?["rule"] == "configured_maximum")
        world.pack.beginFault(Misbehaviour(.silence))
        world.run(.seconds(10))
        let old = document(world)
        #expect(old["stage"] == "no_charge")
        #expect((old["battery"]["age_s"].number ?? 0) > 9)
        #expect(old["limits"]["ccl_a"] == 0)
        world.run(.seconds(30))
        let silent = document(world)
        #expect(silent["stage"] == "silent")
        #expect(silent["battery"]["voltage_v"] == .null)
        #expect(silent["battery"]["soc_percent"] == .null)
        #expect(silent["limits"]["ccl_a"] == .null)
        #expect(silent["packs"].elements.first?["voltage_v"] == .null)
        #expect(silent["packs"].elements.first?["standing"] == "absent")
        #expect(silent["packs"].elements.first?["cells"].elements.isEmpty == true)
    }

    @Test func `before the first data everything is null, never 0`() {
        let world = World()
        let document = document(world)
        #expect(document["stage"] == "no_data")
        #expect(document["battery"]["voltage_v"] == .null)
        #expect(document["limits"]["cvl_v"] == .null)
        #expect(document["limits"]["mode"] == "init")
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.name == name }?.value ?? .null
    }

    fileprivate var number: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    fileprivate var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    fileprivate static func == (value: JSONValue, number: Int) -> Bool { value.number == Double(number) }
}
