import Actors
import BMSProtocols
import Battery
import InverterProtocols
import Links

/// Poller and publisher of one pack over two ttys, wired as the daemon wires them, on one loop.
struct GatewayRig: Sendable {
    /// Where poller, publisher, serial port and CAN adapter live.
    let loop: EventLoop
    /// Pause between the begins of two polls.
    var pollInterval = Duration.milliseconds(500)
    /// Period of the required frames.
    var period = Duration.seconds(1)
    /// Where captures go, as in the daemon; nobody subscribes.
    private let captures = Broadcast<CaptureRecord>()
    /// A.
    var maximumDischarge = 150.0

    init(loop: EventLoop) { self.loop = loop }

    /// The pack that is confirmed.
    var specification: PackSpecification {
        PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: maximumDischarge)
    }

    /// Runs a gateway while `body` runs, and ends it with it.
    func run<Value: Sendable>(
        battery: BareTerminal, adapter: BareTerminal, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let reports = Latest<PackReport>()
        let poller = poller(battery.path, reports)
        let publisher = publisher(adapter.path, reports)
        let loop = loop
        // Ended below, whatever the body does.
        let gateway = Task(executorPreference: loop.taskExecutor) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await poller.run() }
                group.addTask { try? await publisher.run() }
            }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        gateway.cancel()
        await gateway.value
        return try result.get()
    }

    // MARK: - Private

    private func poller(_ path: String, _ reports: Latest<PackReport>) -> BMSPoller {
        BMSPoller(
            .init(
                loop: loop, specification: specification, interval: pollInterval, hold: .seconds(2),
                link: PackLinkPicture(pack: 1, address: path, family: TinyBMSDriver.familyName),
                openLink: { [loop, captures] () throws(LinkError) in
                    CapturingLink(
                        try await SerialLink.open(path: path, baud: 115_200, loop: loop), channel: "uart.1", loop: loop,
                        time: CaptureTime(origin: .now, microseconds: 0), sink: { captures.send($0) })
                },
                makeDriver: { [loop] link in TinyBMSDriver(pack: 1, link: link, loop: loop) },
                reports: reports, linkPicture: Latest(), report: { _ in }, beat: {}))
    }

    private func publisher(_ path: String, _ reports: Latest<PackReport>) -> VictronPublisher {
        VictronPublisher(
            .init(
                loop: loop, control: ControlConfiguration(packs: [specification]), identity: VictronIdentity(),
                period: period, keepalive: .init(), address: "slcan:" + path, reports: [reports],
                openBus: { [loop, captures] () throws(LinkError) in
                    CapturingBus(
                        try await LinkOpener.openCANBus(.slcan(path: path, bitRate: nil), loop: loop),
                        channel: "slcan0", time: CaptureTime(origin: .now, microseconds: 0), sink: { captures.send($0) }
                    )
                },
                picture: Latest(), report: { _ in }, beat: {}, fault: nil, keepFault: { _ in },
                acknowledgements: Latest()))
    }
}
