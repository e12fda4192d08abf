import Battery
import Monitoring
import Simulator
import Testing

@testable import Actors

@Suite("What is derived, from the wire of a simulated TinyBMS", .timeLimit(.minutes(2))) struct DerivedInTheWorldTests {
    private let folder = StateFolder()

    private func codes(_ watch: Watch) -> [String] {
        watch.events { $0.codes = ["soc_jump", "soc_stuck", "soc_drift"] }.map(\.identity.code)
    }

    @Test func `an honest BMS under a changing load: no event, and every cell's resistance as it is`() throws {
        let world = World(current: -50, pausing: 30)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(1800))
        let figures = try #require(watch.picture?.derived.packs.first?.figures)
        #expect(codes(watch).isEmpty)
        // Ohmic for sure, and of the polarisation what comes within seconds; 0.14 Ω·Ah and 0.6 of it.
        let ohmic = CellChemistry.lfp.ohmicProduct / world.specification.capacity
        #expect(figures.resistances.count == world.specification.cellCount)
        for ohms in figures.resistances {
            let ohms = try #require(ohms)
            #expect(ohms > ohmic * 0.7 && ohms < ohmic * 2)
        }
        #expect(abs(figures.discharged - 12.5) < 0.3)
        #expect(figures.charged < 0.1)
        #expect(abs((try #require(figures.currentQuarter)) + 25) < 1.5)
        #expect(figures.spread != nil && figures.correctedSpread != nil)
    }

    @Test func `a BMS whose count is set wrong has jumped`() {
        let world = World(current: -20)
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(60))
        world.pack.beginFault(Misbehaviour(.chargeCounter, value: 20))
        world.run(.seconds(30))
        #expect(codes(watch) == ["soc_jump"])
    }

    @Test func `a BMS that does not count stands still`() throws {
        let world = World(current: -50) { $0.pack.stateOfCharge = 90 }
        let watch = Watch(world, folder: folder.path)
        world.start()
        world.run(.seconds(30))
        world.pack.beginFault(Misbehaviour(.chargeCounterStuck))
        world.run(.seconds(3600 * world.specification.capacity * 0.055 / 50))
        #expect(codes(watch) == ["soc_stuck"])
        #expect(watch.picture?.alerts.contains { $0.identity.code == "soc_stuck" } == true)
    }
}
