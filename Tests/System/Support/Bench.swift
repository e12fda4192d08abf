import Glibc
import Links
import Simulator
import Synchronization
import Testing

/// A gateway's surroundings: a simulated pack on one pseudo-terminal, a recording adapter on another, a state folder.
///
/// Everything lives on one loop with a thread of its own, and the test's body too: other tests that keep the processor
/// busy do not spoil the times here.
final class Bench: Sendable {
    /// What differs between benches.
    struct Setup: Sendable {
        /// The pack; by default it is charged with 20 A.
        var scenario = Scenario.charging
        /// Whose protocol its BMS speaks.
        var family = "tinybms"
        /// Settings beside, or in place of, those of contract.md 7's headless start.
        var settings: [String: String] = [:]
        /// Settings of the headless start that are left out.
        var without: Set<String> = []
        /// Whether a GX is heard from the start.
        var keepalive = true
        /// Whether bytes leave the BMS one after the other, as on a real line.
        var isPaced = false
    }

    /// Something did not come in time.
    struct Missed: Error, CustomStringConvertible {
        let description: String
    }

    let loop: EventLoop
    let folder: String
    let state: String
    let pack: SimulatedPack
    let uart = UARTTap()
    let can: CANRecorder
    private let setup: Setup
    private let lateness: Lateness
    let children = Mutex<[Child]>([])
    let killed = Mutex(false)

    private init(_ setup: Setup, folder: String, loop: EventLoop, lateness: Lateness) {
        (self.setup, self.folder, self.loop, self.lateness) = (setup, folder, loop, lateness)
        state = folder + "/state"
        can = CANRecorder(path: folder + "/can", loop: loop)
        var simulation =
            SimulatedPack.Setup(scenario: setup.scenario, family: setup.family, seed: 7)
            ?? SimulatedPack.Setup(scenario: setup.scenario, seed: 7)
        if setup.isPaced { simulation.pacing = .baud(simulation.bms.baudRate) }
        let name = folder + "/uart"
        pack = SimulatedPack(simulation, on: loop) { [uart] () throws(LinkError) in
            let terminal = try await Pseudoterminal.open(loop: loop)
            unlink(name)
            _ = symlink(terminal.slavePath, name)
            return uart.over(terminal)
        }
    }

    /// Makes a bench, runs a test on it, judges what was seen and ends every process, however the test ends.
    ///
    /// A verdict on a machine that kept the gateway or the bench waiting for a processor is none: the test is run again, from the start, and
    /// once more if need be. The third verdict counts whatever it is.
    ///
    /// - Returns: what the test found, in the run that counts.
    @discardableResult
    static func run<Found: Sendable>(
        _ setup: Setup = Setup(), _ body: @escaping @Sendable (Bench) async throws -> Found
    ) async throws -> Found {
        for _ in 0..<2 {
            let watch = Mutex(Lateness?.none)
            let found = Mutex(Found?.none)
            let isLate = Flag()
            try await withKnownIssue("the machine was late: judged again", isIntermittent: true) {
                let one = try await attempt(setup, body) { lateness in watch.withLock { $0 = lateness } }
                found.withLock { $0 = one }
            } matching: { _ in
                guard watch.withLock({ $0?.isTooLate ?? false }) else { return false }
                isLate.set()
                return true
            }
            if !isLate.isSet, let found = found.withLock({ $0 }) { return found }
        }
        return try await attempt(setup, body)
    }

    private static func attempt<Found: Sendable>(
        _ setup: Setup, _ body: @escaping @Sendable (Bench) async throws -> Found,
        _ isWatched: (Lateness) -> Void = { _ in }
    ) async throws -> Found {
        let loop = try EventLoop(name: "bench")
        defer { loop.stop() }
        let lateness = Lateness(of: loop)
        isWatched(lateness)
        return try await withTaskExecutorPreference(loop.taskExecutor) {
            let bench = Bench(setup, folder: try TemporaryFolder.make(), loop: loop, lateness: lateness)
            defer { TemporaryFolder.remove(bench.folder) }
            do {
                bench.pack.start()
                try await bench.can.plug()
                bench.can.keepalive(setup.keepalive)
                try await bench.waitForCable()
                let found = try await body(bench)
                await bench.end()
                bench.judge()
                return found
            } catch {
                await bench.end()
                throw error
            }
        }
    }

    // MARK: - The gateway

    /// The words of contract.md 7's headless start, with what the setup changes.
    var words: [String] {
        var settings = [
            "web.tls": "off", "pack.1.link": folder + "/uart", "pack.1.family": setup.family, "pack.1.chemistry": "lfp",
            "pack.1.cells": "16", "pack.1.capacity_ah": "280", "pack.1.max_charge_a": "100",
            "pack.1.max_discharge_a": "150", "can.link": "slcan:" + can.path, "system.commissioned": "true",
        ]
        settings.merge(setup.settings) { _, new in new }
        for key in setup.without { settings[key] = nil }
        return ["run", "--state", state, "--http", "127.0.0.1:0"]
            + settings.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    /// Starts the gateway.
    func start() async throws -> Child { try await run(words) }

    /// Starts the program, or another one, with any words; it ends with the bench at the latest.
    func run(
        _ words: [String], of program: String? = nil, input: String = "/dev/null", environment: [String] = []
    ) async throws -> Child {
        // Whatever port is free: other benches run at the same time.
        let web = words.first == "run" ? ["CELLBRIDGE_WEB_LISTEN=127.0.0.1:0"] : []
        // A gateway left behind would open whatever gets the number of its pseudo-terminal next.
        let child = try await Child.start(
            words, of: program, input: input, environment: web + environment, isHeld: true, on: loop)
        children.withLock { $0.append(child) }
        lateness.watch(child.pid)
        return child
    }

    /// Starts the gateway and waits until it allows charging.
    func startLive() async throws -> Child {
        let gateway = try await start()
        _ = try await limits("a 0x351 that allows charging", within: .seconds(20)) { $0.ccl > 0 }
        return gateway
    }

    /// Ends a process as a power cut would.
    func cut(_ child: Child) async throws {
        killed.withLock { $0 = true }
        child.signal(SIGKILL)
        guard await child.end(within: .seconds(10)) != nil else { throw missed("the end of a killed process") }
    }

    // MARK: - The cable

    /// Pulls the cable of the BMS. Its name goes first: the number of a pseudo-terminal is soon another's.
    func unplug() async {
        await loop.run { [self] in
            unlink(folder + "/uart")
            pack.beginFault(.init(.unplugged))
        }
    }

    /// Plugs the cable of the BMS in again: another device under the same name.
    func replug() { pack.endFault(.init(.unplugged)) }

    private func waitForCable() async throws {
        let isThere = await poll(within: .seconds(10)) { [folder] in access(folder + "/uart", F_OK) == 0 }
        guard isThere else { throw Missed(description: "the simulated pack opened no pseudo-terminal") }
    }

    // MARK: - Waiting

    /// Looks every 10 ms until something holds.
    ///
    /// - Returns: whether it held before the bound was over.
    func poll(within bound: Duration, _ holds: @escaping @Sendable () -> Bool) async -> Bool {
        let end = Moment.now + bound
        while !holds() {
            guard Moment.now < end else { return false }
            await pass(.milliseconds(10))
        }
        return true
    }

    /// Lets time pass: the length of a stimulus, or of a look that finds nothing; never a wait for something to be ready.
    func pass(_ time: Duration) async {
        let answer = Answer<Void>()
        loop.schedule(at: .now + time) { answer.give(()) }
        await answer.value()
    }

    /// Waits for the first 0x351 that fits, after a moment where one is given.
    func limits(
        _ what: String, after moment: Moment? = nil, within bound: Duration,
        where fits: @escaping @Sendable (Frame.Limits) -> Bool = { _ in true }
    ) async throws -> Frame.Limits {
        let found = await can.frames.wait(within: bound) { frames -> Frame.Limits? in
            for frame in frames.reversed() {
                if let moment, frame.at <= moment { break }
                if let limits = frame.limits, fits(limits) { return limits }
            }
            return nil
        }
        guard let found else { throw missed(what + " within " + bound.text) }
        // Several may have come in one reading: the first of them counts.
        return limits(after: moment).first(where: fits) ?? found
    }

    /// Waits for a line in the gateway's log.
    func line(_ child: Child, _ what: String, within bound: Duration) async throws -> Child.Line {
        guard let line = await child.errors.first(within: bound, where: { $0.text.contains(what) }) else {
            throw missed("'\(what)' in the log within \(bound.text)")
        }
        return line
    }

    /// Every 0x351 so far, after a moment where one is given.
    func limits(after moment: Moment? = nil) -> [Frame.Limits] {
        can.frames.all.compactMap { frame in
            guard let limits = frame.limits, moment.map({ limits.at > $0 }) ?? true else { return nil }
            return limits
        }
    }

    /// Every frame after a moment.
    func frames(after moment: Moment) -> [Frame] { can.frames.all.filter { $0.at > moment } }

    /// Watches the bus for a time in which nothing must come.
    ///
    /// - Returns: the first frame after the moment, which is one too many.
    func firstFrame(after moment: Moment, within bound: Duration) async -> Frame? {
        await can.frames.first(within: bound) { $0.at > moment }
    }

    private func missed(_ what: String) -> Missed {
        let last = limits().last.map { "\($0.cvl) V, \($0.ccl) A, \($0.dcl) A, \((Moment.now - $0.at).text) ago" }
        let logs = children.withLock { $0 }.map(\.story).joined(separator: "\n    --")
        return Missed(
            description: "there was no \(what); \(can.frames.count) frames, the newest limits \(last ?? "none"), "
                + "log:\(logs)")
    }

    // MARK: - The end

    private func end() async {
        for child in children.withLock({ $0 }) where child.isRunning {
            child.signal(SIGCONT)
            child.signal(SIGKILL)
            _ = await child.end(within: .seconds(10))
        }
        // Only now: a gateway that still ran would open what has the same number next.
        can.keepalive(false)
        await can.unplug()
        unlink(folder + "/uart")
        pack.stop()
    }
}

extension Scenario {
    /// A pack in the middle of its charge that takes 20 A.
    static let charging = Scenario(
        name: "charging", profile: LoadProfile([.init(at: 0, .current(20))], chargeCellVoltage: 3.45))
}

/// Folders that go with their test.
enum TemporaryFolder {
    /// Makes one; in memory where asked for and the machine allows.
    static func make(inMemory: Bool = false) throws -> String {
        let root = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array((root + "/cellbridge-system-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Bench.Missed(description: "no folder in \(root), errno \(errno)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with all that is in it.
    static func remove(_ folder: String) {
        for name in names(in: folder) {
            let path = folder + "/" + name
            // A folder refuses to be unlinked; then it is one.
            if unlink(path) != 0 { remove(path) }
        }
        rmdir(folder)
    }

    /// What is in a folder.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
