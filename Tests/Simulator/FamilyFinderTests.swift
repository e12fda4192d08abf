import BMSProtocols
import Battery
import Links
import Synchronization
import Testing

@testable import Simulator

/// Detection on ports with each simulated BMS behind them, on one virtual loop (auto-detect.md 5).
@Suite(.timeLimit(.minutes(2))) struct FamilyFinderTests {
    /// A port with one BMS behind it, which answers at its own speed only.
    private final class Port: Sendable {
        let loop = VirtualLoop()
        let pack: SimulatedPack
        private let speeds = Mutex<[Int]>([])

        init(_ family: String) throws {
            let setup = SimulatedPack.Setup(
                scenario: Scenario.named("healthy") ?? Scenario(name: "healthy"), family: family)
            pack = SimulatedPack(try #require(setup), on: loop)
            pack.start()
            // Boards need a moment until their switches are closed.
            loop.run(for: .seconds(3))
        }

        func open(_ baudRate: Int) throws(LinkError) -> any ByteLink {
            speeds.withLock { $0.append(baudRate) }
            guard baudRate == pack.bms.baudRate else {
                // Noise to both.
                return MemoryLink.pair(loop: loop, names: ("port", "nobody")).0
            }
            return try pack.openLink()
        }
    }

    @Test(arguments: SimulatedFamily.names)
    func `a powered BMS is found within 3 s by family and number, and is as it was`(name: String) throws {
        let port = try Port(name)
        let before = (port.pack.bms.pack.protection.limits, port.pack.terminals)
        let began = port.loop.now
        let found = port.loop.result {
            try? await FamilyFinder(on: port.loop) { baud throws(LinkError) in try port.open(baud) }.search()
        }
        let family = try #require(SpokenFamily.named(name))
        #expect(found??.family.name == (family.isSafeToTry ? name : nil))
        if family.isSafeToTry { #expect(port.loop.now - began <= .seconds(3)) }
        let after = (port.pack.bms.pack.protection.limits, port.pack.terminals)
        #expect(after.0 == before.0)
        #expect(after.1.chargeSwitchClosed == before.1.chargeSwitchClosed)
        #expect(after.1.dischargeSwitchClosed == before.1.dischargeSwitchClosed)
        print("\(name): \(found??.family.title ?? "not asked for") after \((port.loop.now - began) / .seconds(1)) s")
    }

    @Test(arguments: SimulatedFamily.names)
    func `no family takes another's BMS for its own, at whatever speed`(name: String) throws {
        for family in SpokenFamily.all where family.name != name {
            let port = try Port(name)
            let identity = port.loop.result { () -> PackIdentity? in
                guard let link = try? port.open(port.pack.bms.baudRate) else { return nil }
                let driver = family.makeDriver(1, link, port.loop, .init())
                return try? await driver.identify(within: port.loop.now + .seconds(3))
            }
            #expect(identity == .some(nil), "\(family.name) claims a \(name)")
        }
    }

    @Test func `a port where nobody answers is given up after each family was asked, and is closed`() throws {
        let port = try Port("tinybms")
        port.pack.beginFault(Misbehaviour(.silence))
        let found = port.loop.result {
            try? await FamilyFinder(on: port.loop) { baud throws(LinkError) in try port.open(baud) }.search()
        }
        #expect(found != nil && found??.family.name == nil)
    }
}
