import Actors
import BMSProtocols
import Battery
import InverterProtocols
import Links
import Synchronization

/// What deciding costs: steps of the charge controller, frames of the publisher, and how fast a simulated day passes.
enum ControlBenchmark {
    static func run() async throws -> [Figure] {
        [steps()] + publisher()
    }

    // MARK: - Private

    /// A frame of eight bytes on a bus of 500 kbit/s: 111 bits without stuffing, µs.
    private static let wire = 222.0

    private static let specification = PackSpecification(
        chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 150)

    private static func steps() -> Figure {
        var world = World()
        var control = ChargeControl(ControlConfiguration(packs: [specification]))
        var sum = 0.0
        let rate = Rate.measure([
            {
                for number in 0..<250 {
                    if number.isMultiple(of: 25) { world.poll() }
                    world.now += .milliseconds(20)
                    sum += control.step(.init(reports: [world.report]), now: world.now).dischargeCurrent.value
                }
                return 250
            }
        ])[0]
        return Figure(
            "control step", 1e6 / rate.median, "µs", limit: .init("a frame's time on the CAN wire", wire),
            count: rate.samples.count,
            note: "\(FigureTable.short(rate.median)) steps/s for one pack; checked \(sum > 0)")
    }

    /// The publisher itself on virtual time, a dry bus behind it.
    private static func publisher() -> [Figure] {
        let loop = VirtualLoop()
        let reports = Latest<PackReport>()
        let frames = FrameCount()
        let publisher = VictronPublisher(
            .init(
                loop: loop, control: ControlConfiguration(packs: [specification]), identity: VictronIdentity(),
                period: .seconds(1), keepalive: .init(), address: "dry:", reports: [reports],
                openBus: { () throws(LinkError) in DryBus(loop: loop) { _, _ in frames.add() } },
                picture: Latest(), report: { _ in }, beat: {}, fault: nil, keepFault: { _ in },
                acknowledgements: Latest()))
        // Cancelled below.
        let life = Task(executorPreference: loop.taskExecutor) { try? await publisher.run() }
        var world = World(now: loop.now)
        var virtual = 0.0
        var costs: [Double] = []
        var speeds: [Double] = []
        for batch in 0...15 {
            let (began, sent) = (Bare.threadTime, frames.count)
            for _ in 0..<120 {
                world.now = loop.now
                world.poll()
                loop.perform { [report = world.report] in reports.store(report) }
                loop.run(for: .milliseconds(500))
                virtual += 0.5
            }
            let elapsed = Double(Bare.threadTime - began) / 1e9
            guard batch > 0 else { continue }
            costs.append(elapsed * 1e6 / Double(max(1, frames.count - sent)))
            speeds.append(60 / elapsed)
        }
        life.cancel()
        loop.runUntilIdle()
        return [
            Figure(
                "control publisher per frame", Samples(costs).median ?? .nan, "µs",
                limit: .init("a frame's time on the CAN wire", wire), count: costs.count,
                note: "decide, encode, check, send, confirm, decide again; \(frames.count) frames"),
            Figure(
                "control simulated time", Samples(speeds).median ?? .nan, "×", limit: .init("real time", 1),
                count: speeds.count, note: "intake and publisher of one pack on virtual time"),
        ]
    }

    /// A pack whose cells drift, judged as the poller judges it.
    private struct World {
        var now: Instant
        private var device = BatteryDevice()
        private var intake = SnapshotIntake(specification, gap: .seconds(2))
        private var counter: UInt32 = 0

        init(now: Instant = .now) { self.now = now }

        var report: PackReport { intake.report }

        mutating func poll() {
            counter &+= 1
            device.lowestCell = 3.25 + 0.0001 * Double(counter % 100)
            guard let block = try? TinyBMSLiveBlock(frame: device.answer(to: TinyBMSLiveBlock.request)) else { return }
            var reading = block.reading(
                pack: 1, began: now, completed: now, order: .register0First, seriesCells: 16)
            // The device's own counter stands on real time.
            reading.runningCounter = counter
            reading.alarms = Aged(AlarmSet(), taken: now)
            reading.settings = Aged(BMSSettings(), taken: now)
            intake.accept(reading)
        }
    }

    /// Counts frames, from whichever thread runs the loop.
    private final class FrameCount: Sendable {
        private let frames = Atomic(0)
        var count: Int { frames.load(ordering: .relaxed) }
        func add() { frames.add(1, ordering: .relaxed) }
    }
}
