import Actors
import BMSProtocols
package import Configuration
package import Links
import Simulator
import Synchronization

/// How the gateway reaches the world: a parameter, so that the same gateway runs on devices and in a simulated world.
package struct LinkOpeners: Sendable {
    /// Opens a pack's link at a speed, bit/s, unless its address names one. Called on the control loop, again and again.
    package typealias OpenPack = @Sendable (Int) async throws(LinkError) -> any ByteLink
    /// Opens the bus of an address of contract.md 2. Called on the control loop.
    package typealias OpenBus = @Sendable (String) async throws(LinkError) -> any CANBus

    /// Makes the opener of one pack, for one life of its poller.
    package var pack: @Sendable (PackConfiguration) -> OpenPack
    package var bus: OpenBus

    package init(pack: @escaping @Sendable (PackConfiguration) -> OpenPack, bus: @escaping OpenBus) {
        self.pack = pack
        self.bus = bus
    }

    /// Devices of this computer, and packs simulated inside the process.
    package static func devices(on loop: EventLoop) -> LinkOpeners {
        LinkOpeners(
            pack: { pack in
                let opener = PackLinkOpener(pack, loop: loop)
                return { baudRate throws(LinkError) in try await opener.open(baudRate) }
            },
            bus: { address throws(LinkError) in
                try await LinkOpener.openCANBus(try LinkAddress.canBus(address), loop: loop)
            })
    }
}

/// Opens one pack's link: a device, or a simulated pack inside the process, which goes on when its cable is pulled.
private final class PackLinkOpener: Sendable {
    private let pack: PackConfiguration
    private let loop: EventLoop
    private let simulated = Mutex<SimulatedPack?>(nil)

    init(_ pack: PackConfiguration, loop: EventLoop) {
        self.pack = pack
        self.loop = loop
    }

    /// Opens it.
    func open(_ baudRate: Int) async throws(LinkError) -> any ByteLink {
        let address = try LinkAddress.byteLink(pack.link ?? "")
        guard case .simulated(let name, let parameters) = address else {
            return try await LinkOpener.openByteLink(address, defaultBaud: baudRate, loop: loop)
        }
        let running = try simulate(name, parameters)
        // Behind the pack's own start in the loop's queue: before that its cable is not plugged in.
        await withCheckedContinuation { started in loop.perform { started.resume() } }
        return try await loop.run { () throws(LinkError) in try running.openLink() }
    }

    // MARK: - Private

    private func simulate(_ name: String, _ parameters: [String: String]) throws(LinkError) -> SimulatedPack {
        if let running = simulated.withLock({ $0 }) { return running }
        // The configured family; where that is to be found, one to be found.
        let configured = pack.family == .auto ? SpokenFamily.all[0].name : pack.family.rawValue
        let family = parameters["family"] ?? configured
        guard
            var setup = SimulatedPack.Setup(
                scenario: try Self.scenario(name, parameters, pack), family: family,
                seed: UInt64(parameters["seed"] ?? "") ?? 1)
        else { throw .badAddress("sim:" + name, reason: "family '\(family)' is not simulated") }
        setup.speed = Double(parameters["speed"] ?? "") ?? 1
        let started = SimulatedPack(setup, on: loop)
        started.start()
        simulated.withLock { $0 = started }
        return started
    }

    /// The scenario that an address names, fitted to the configured pack where the address leaves it open.
    private static func scenario(
        _ name: String, _ parameters: [String: String], _ pack: PackConfiguration
    ) throws(LinkError) -> Scenario {
        let address = "sim:" + name
        guard let scenario = Scenario.named(name.isEmpty ? "healthy" : name) else {
            throw .badAddress(
                address, reason: "there is no such scenario; cellbridge simulate bms --scenario list names them")
        }
        var parameters = parameters
        if parameters["cells"] == nil { parameters["cells"] = pack.cells.map(String.init) }
        if parameters["capacity_ah"] == nil { parameters["capacity_ah"] = pack.capacity.map { "\($0)" } }
        if parameters["chemistry"] == nil { parameters["chemistry"] = pack.chemistry?.rawValue }
        do {
            return try scenario.forPack(pack.number).overriding(parameters)
        } catch {
            throw .badAddress(address, reason: error.description)
        }
    }
}

/// Opens the inverter's bus, or a dry one where nothing may be transmitted (S64, contract.md 2).
struct BusOpener: Sendable {
    /// Address shown to people.
    let address: String
    /// Why nothing is transmitted although a bus is configured; nil when it is.
    let dryBecause: DryReason?
    private let openAddress: LinkOpeners.OpenBus
    private let loop: any Loop

    init(_ configuration: GatewayConfiguration, open: @escaping LinkOpeners.OpenBus, loop: any Loop) {
        openAddress = open
        self.loop = loop
        let link = configuration.can.link
        let isSimulated = configuration.packs.contains(where: \.isSimulated)
        if !configuration.mayTransmit {
            dryBecause = .notCommissioned
        } else if link == nil {
            dryBecause = .noLink
        } else if isSimulated, !configuration.can.allowsSimulated, link.map({ !$0.hasPrefix("dry:") }) ?? false {
            dryBecause = .simulated
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
        // Not the openers' business: no world must be able to undo S64.
        if dryBecause != nil { return DryBus(loop: loop) }
        return try await openAddress(address)
    }
}
