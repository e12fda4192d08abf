import Links
import Proof
import Simulator
import Synchronization

/// One pack with its cable, and both its ends under an onlooker's eyes.
final class PackWire: Sendable {
    let number: Int
    let pack: SimulatedPack
    private let recorder: Recorder

    /// Sets the pack up; it begins with `pack.start()`.
    init(
        _ number: Int, scenario: Scenario, family: String, seed: UInt64, loop: any Loop, recorder: Recorder,
        demand: @escaping @Sendable (SimulatedPack.Terminals) -> Double
    ) {
        self.number = number
        self.recorder = recorder
        let bms = SimulatedFamily.drawn(family, scenario.pack, seed: seed)
        var setup = SimulatedPack.Setup(scenario: scenario, bms: bms, seed: seed)
        // Between two of these it moves with every request.
        setup.tick = .milliseconds(500)
        setup.plant = { terminals, _ in demand(terminals) }
        setup.onRequest = { bytes in recorder.note(.bytesToBMS(pack: number, bytes)) }
        if Make.of(family).isTold { setup.onAnswer = { recorder.note(.said(pack: number, Saying($0))) } }
        pack = SimulatedPack(setup, on: loop)
    }

    /// Opens the gateway's end for a process.
    func open(for process: GatewayProcess) throws(LinkError) -> any ByteLink {
        let link = WatchedLink(try pack.openLink(), pack: number, recorder: recorder)
        process.opened(link)
        return link
    }
}

extension Saying {
    init(_ telling: Telling) {
        let values = telling.values.map {
            LiveValues(
                cells: $0.cells.map { $0 == 0 ? nil : $0 }, voltage: $0.voltage, current: $0.current,
                temperatures: $0.temperatures, board: $0.board, stateOfCharge: $0.stateOfCharge, counter: $0.counter,
                isClosed: $0.isClosed)
        }
        self.init(telling.bytes, core: telling.core, values, isFalsified: telling.isFalsified)
    }
}

/// The gateway's end of a pack's cable; it goes dead with its process.
final class WatchedLink: ByteLink {
    private let link: any ByteLink
    private let pack: Int
    private let recorder: Recorder
    private let isCut = Mutex(false)

    init(_ link: any ByteLink, pack: Int, recorder: Recorder) {
        (self.link, self.pack, self.recorder) = (link, pack, recorder)
    }

    var name: String { link.name }
    var unsent: Int { link.unsent }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        link.listen { [pack, recorder] event in
            if case .received(let bytes, _) = event { recorder.note(.bytesFromBMS(pack: pack, bytes)) }
            receiver(event)
        }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        if isCut.withLock({ $0 }) { throw .unplugged(name) }
        try link.write(bytes)
    }

    func discardInput() { link.discardInput() }
    func close() { link.close() }

    /// The process is dead.
    func cut() {
        isCut.withLock { $0 = true }
        link.close()
    }
}
