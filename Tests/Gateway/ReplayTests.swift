import Actors
import BMSProtocols
import Battery
import Configuration
import InverterProtocols
import Links
import Simulator
import Synchronization
import Testing
import Wiring

@testable import Gateway

/// A gateway with a simulated pack and a simulated GX on virtual time, all of whose bytes and frames are recorded.
private final class RecordedRun: Sendable {
    let records = Mutex<[CaptureRecord]>([])

    init(_ configuration: GatewayConfiguration, scenario: String = "healthy", seconds: Int64) throws {
        let loop = VirtualLoop()
        let time = CaptureTime(origin: loop.now, microseconds: 1_700_000_000_000_000)
        let wire = MemoryBus(loop: loop)
        let gx = SimulatedGX(on: loop, bus: wire.attach(name: "gx"))
        let scene = try #require(Scenario.named(scenario))
        var setup = SimulatedPack.Setup(scenario: scene, seed: 5)
        setup.plant = { _, _ in 20 }
        let pack = SimulatedPack(setup, on: loop)
        let control = try #require(configuration.control)
        let keep: @Sendable (CaptureRecord) -> Void = { [weak self] record in
            self?.records.withLock { $0.append(record) }
        }
        let slot = Latest<PackReport>()
        let poller = BMSPoller(
            .init(
                loop: loop, specification: control.packs[0], interval: configuration.packs[0].pollInterval,
                hold: control.freshness.hold, link: PackLinkPicture(pack: 1, address: "sim:", family: "tinybms"),
                openLink: { () throws(LinkError) in
                    CapturingLink(try pack.openLink(), channel: "uart.1", loop: loop, time: time, sink: keep)
                },
                makeDriver: { TinyBMSDriver(pack: 1, link: $0, loop: loop) }, reports: slot, linkPicture: Latest(),
                report: { _ in }, beat: {}))
        let publisher = VictronPublisher(
            .init(
                loop: loop, control: control, identity: configuration.identity.0, period: configuration.can.period,
                keepalive: configuration.keepalive, address: "memory:", reports: [slot],
                openBus: { CapturingBus(wire.attach(name: "gateway"), channel: "can0", time: time, sink: keep) },
                picture: Latest(), report: { _ in }, beat: {}, fault: nil, keepFault: { _ in },
                acknowledgements: Latest()))
        pack.start()
        gx.start()
        loop.runUntilIdle()
        let tasks = [poller, publisher].map { (child: any Child) in
            Task(executorPreference: loop.taskExecutor) { try await child.run() }
        }
        loop.run(for: .seconds(seconds))
        for task in tasks { task.cancel() }
        loop.runUntilIdle()
    }
}

@Suite(.timeLimit(.minutes(2))) struct ReplayTests {
    private func configuration(_ more: [String] = []) throws -> GatewayConfiguration {
        let overrides = try ConfigurationOverrides(
            assignments: [
                "pack.1.chemistry=lfp", "pack.1.cells=16", "pack.1.capacity_ah=280", "pack.1.max_charge_a=100",
                "pack.1.max_discharge_a=150", "pack.1.link=sim:",
            ] + more)
        return try ConfigurationRules.gateway.require(overrides.applied(to: [:]))
    }

    private func recorded(_ scenario: String = "healthy", seconds: Int64 = 60) throws -> [CaptureRecord] {
        try RecordedRun(try configuration(), scenario: scenario, seconds: seconds).records.withLock { $0 }
    }

    @Test func `a run that was recorded, written down and read again is replayed frame by frame`() throws {
        let text = try recorded().map(\.line).joined(separator: "\n")
        let records = try CaptureText.records(text, name: "a run")
        let world = try ReplayWorld(records, try configuration())
        let sent = world.run().sent
        let comparison = ReplayComparison(sent: sent, recorded: records)
        #expect(comparison.recorded > 500)
        #expect(sent.map(\.content) == records.filter(ReplayWorld.isOwn).map(\.content))
        #expect(
            comparison.sent == comparison.recorded && comparison.identical == comparison.sent
                && comparison.paired == comparison.sent, "\(comparison.summary)")
        #expect(world.statistics.allSatisfy { $0.matched == $0.asked && $0.asked > 100 })
    }

    @Test func `another configuration gives other frames from the same recording`() throws {
        let records = try recorded(seconds: 30)
        let world = try ReplayWorld(records, try configuration(["pack.1.max_charge_a=20"]))
        let comparison = ReplayComparison(sent: world.run().sent, recorded: records)
        #expect(comparison.sent > 300 && comparison.identical < comparison.paired)
    }

    @Test func `where the recorded BMS fell silent, the replayed gateway lets charging go and then all`() throws {
        let records = try recorded(seconds: 60)
        let start = records[0].microseconds
        // The cable was pulled after 10 s; the GX went on.
        let cut = records.filter { record in
            guard case .received = record.content else { return true }
            return record.microseconds < start + 10_000_000
        }
        let sent = try ReplayWorld(cut, try configuration()).run().sent
        let limits = sent.compactMap { record -> (seconds: Double, ccl: Int)? in
            guard case .frame(let frame) = record.content, frame.identifier == 0x351 else { return nil }
            let ccl = Int(frame.data[2]) | Int(frame.data[3]) << 8
            return (Double(record.microseconds - start) / 1e6, ccl)
        }
        #expect(limits.contains { $0.ccl > 0 && $0.seconds < 10 })
        #expect(limits.filter { $0.seconds > 16.2 }.allSatisfy { $0.ccl == 0 })
        #expect(limits.contains { $0.seconds > 20 } && !limits.contains { $0.seconds > 42 })
    }

    @Test func `a replay ends early when nobody wants more`() throws {
        let records = try recorded(seconds: 20)
        let outcome = try ReplayWorld(records, try configuration()).run { $0 < .seconds(5) }
        #expect(!outcome.sent.isEmpty)
        #expect(outcome.sent.allSatisfy { $0.microseconds <= records[0].microseconds + 5_200_000 })
    }

    @Test func `a line that is no record is named`() {
        let failure = #expect(throws: CommandFailure.self) {
            try CaptureText.records("(1.000000) can0 351#00\n\nnonsense\n", name: "x.log")
        }
        #expect(failure?.code == .badData && failure?.sentence.contains("x.log, line 3") == true)
    }

    @Test func `a configuration that lacks something cannot be replayed with`() throws {
        let record = try CaptureRecord(line: "(1.000000) can0 351#00")
        let bare = try ConfigurationRules.gateway.require(["pack.1.cells": .int(16)])
        let failure = #expect(throws: CommandFailure.self) { try ReplayWorld([record], bare) }
        #expect(failure?.code == .configuration)
    }
}
