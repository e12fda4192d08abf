import Actors
import Configuration
import Links
import Simulator

/// Opens one pack's link: a device, or a simulated pack inside the process.
struct PackLinkOpener: Sendable {
    let pack: PackConfiguration
    let loop: EventLoop
    let report: EventReport

    /// Opens it.
    func open() async throws(LinkError) -> any ByteLink {
        let address = try LinkAddress.byteLink(pack.link ?? "")
        guard case .simulated(let name, let parameters) = address else {
            return try await LinkOpener.openByteLink(address, defaultBaud: 115_200, loop: loop)
        }
        return try await loop.run { [pack, loop] () throws(LinkError) in
            let scenario = try Self.scenario(name, parameters, pack)
            let (ours, theirs) = MemoryLink.pair(loop: loop, names: ("sim:\(name)", "sim:\(name) BMS"))
            var setup = SimulatedPack.Setup(scenario: scenario, seed: UInt64(parameters["seed"] ?? "") ?? 1)
            setup.speed = Double(parameters["speed"] ?? "") ?? 1
            let simulated = SimulatedPack(setup, on: loop, link: theirs)
            simulated.start()
            return SimulatedLink(ours, simulated)
        }
    }

    /// The scenario that an address names, fitted to the configured pack where the address leaves it open.
    private static func scenario(
        _ name: String, _ parameters: [String: String], _ pack: PackConfiguration
    ) throws(LinkError) -> Scenario {
        let address = "sim:" + name
        guard let scenario = Scenario.named(name.isEmpty ? "healthy" : name) else {
            let known = Scenario.library.map(\.name).joined(separator: ", ")
            throw .badAddress(address, reason: "there is no such scenario; there are \(known)")
        }
        var parameters = parameters
        if parameters["cells"] == nil { parameters["cells"] = pack.cells.map(String.init) }
        if parameters["capacity_ah"] == nil { parameters["capacity_ah"] = pack.capacity.map { "\($0)" } }
        if parameters["chemistry"] == nil { parameters["chemistry"] = pack.chemistry?.rawValue }
        do {
            return try scenario.overriding(parameters)
        } catch {
            throw .badAddress(address, reason: error.description)
        }
    }
}

/// A link whose other end lives and dies with it.
private final class SimulatedLink: ByteLink {
    private let link: any ByteLink
    private let pack: SimulatedPack

    init(_ link: any ByteLink, _ pack: SimulatedPack) {
        self.link = link
        self.pack = pack
    }

    var name: String { link.name }
    var unsent: Int { link.unsent }
    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { link.listen(receiver) }
    func write(_ bytes: [UInt8]) throws(LinkError) { try link.write(bytes) }
    func discardInput() { link.discardInput() }

    func close() {
        link.close()
        pack.stop()
    }
}

/// Opens the inverter's bus, or a dry one where nothing may be transmitted (S64, contract.md 2).
struct BusOpener: Sendable {
    /// Address shown to people.
    let address: String
    /// Why nothing is transmitted although a bus is configured; nil when it is.
    let dryBecause: String?
    private let loop: EventLoop

    init(_ configuration: GatewayConfiguration, loop: EventLoop) {
        self.loop = loop
        let link = configuration.can.link
        let isSimulated = configuration.packs.contains(where: \.isSimulated)
        if !configuration.mayTransmit {
            dryBecause = "system.commissioned is false; set it to true once every pack is confirmed"
        } else if link == nil {
            dryBecause = "can.link is not set"
        } else if isSimulated, !configuration.can.allowsSimulated, link.map({ !$0.hasPrefix("dry:") }) ?? false {
            dryBecause = "the pack is simulated and can.allow_simulated is false"
        } else {
            dryBecause = nil
        }
        address = dryBecause == nil ? link ?? "dry:" : "dry:"
    }

    /// Name of the bus in captures, as `candump` writes it.
    var channel: String {
        guard let address = try? LinkAddress.canBus(address) else { return "can" }
        if case .socketCAN(let interface, _) = address { return interface }
        return address == .dry ? "dry" : "slcan0"
    }

    /// Opens it.
    func open() async throws(LinkError) -> any CANBus {
        try await LinkOpener.openCANBus(try LinkAddress.canBus(address), loop: loop)
    }
}
