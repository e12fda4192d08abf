import BMSProtocols
import Log

/// What the devices at the far ends of the gateway's cables do during a measurement, and what they note.
protocol DeviceScript: Sendable {
    /// The BMS; its values may change in `willAnswer`.
    var battery: BatteryDevice { get set }
    /// Time from a request for the live values to their answer, ns.
    var thinkingTime: Int64 { get }
    /// Whether the CAN adapter answers, as the better ones do.
    var adapterAnswers: Bool { get }
    /// Whether everything is measured.
    var isFinished: Bool { get }

    /// The live values were asked for and will be answered with those that `battery` then has.
    mutating func willAnswer()
    /// The answer to the request for the live values is handed over now: its last byte too.
    mutating func answers(at now: Int64)
    /// The adapter has a complete line from the gateway, carriage return left off.
    mutating func hears(_ line: ArraySlice<UInt8>, at now: Int64)
}

extension DeviceScript {
    mutating func willAnswer() {}
    mutating func answers(at now: Int64) {}
}

/// Plays a BMS on one pseudo-terminal and a CAN adapter on another, in a plain thread on poll(2).
struct Devices<Script: DeviceScript> {
    private let battery: BareTerminal
    private let adapter: BareTerminal
    private var script: Script
    private var request: [UInt8] = []
    private var line: [UInt8] = []

    /// Plays a script to its end, or for so long.
    ///
    /// - Returns: the script with what it noted.
    static func play(
        _ script: Script, battery: BareTerminal, adapter: BareTerminal, seconds: Double,
        whenDone: @escaping @Sendable () -> Void = {}
    ) async throws -> Script {
        let end = Bare.now + Int64(seconds * 1e9)
        return try await BenchmarkThread.run("devices") {
            var devices = Devices(battery: battery, adapter: adapter, script: script)
            while !devices.script.isFinished, Bare.now < end { devices.turn() }
            whenDone()
            return devices.script
        }
    }

    // MARK: - Private

    private init(battery: BareTerminal, adapter: BareTerminal, script: Script) {
        self.battery = battery
        self.adapter = adapter
        self.script = script
    }

    private mutating func turn() {
        let ready = Bare.wait(for: adapter.master, or: battery.master, milliseconds: 100)
        // First what is timed.
        if ready.first { readAdapter() }
        if ready.second { readBattery() }
    }

    private mutating func readAdapter() {
        guard Bare.read(adapter.master, into: &line) else { return }
        let now = Bare.now
        while let end = line.firstIndex(of: 13) {
            script.hears(line[..<end], at: now)
            line.removeFirst(end + 1)
            // Done, or taken for transmission: an empty line in both cases.
            if script.adapterAnswers { Bare.write([13], to: adapter.master) }
        }
    }

    private mutating func readBattery() {
        guard Bare.read(battery.master, into: &request) else { return }
        while case .exactly(let length) = TinyBMSFrame.requestLength(request), request.count >= length {
            let frame = Array(request[..<length])
            request.removeFirst(length)
            guard let asked = try? TinyBMSRequest.decode(frame) else { continue }
            let isLive = asked == TinyBMSLiveBlock.request
            let due = Bare.now + script.thinkingTime
            if isLive { script.willAnswer() }
            let answer = script.battery.answer(to: asked)
            guard isLive else {
                Bare.write(answer, to: battery.master)
                continue
            }
            if script.thinkingTime > 0 { Bare.sleep(until: due) }
            script.answers(at: Bare.now)
            Bare.write(answer, to: battery.master)
        }
        if case .impossible = TinyBMSFrame.requestLength(request) { request = [] }
    }
}

/// A thread of its own for one piece of measuring, so that neither waits for Swift's pool.
enum BenchmarkThread {
    /// Runs a body on a thread and gives its result.
    static func run<Value: Sendable>(_ name: String, _ body: @escaping @Sendable () -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do throws(DedicatedThread.StartFailure) {
                _ = try DedicatedThread(named: name) { continuation.resume(returning: body()) }
            } catch {
                continuation.resume(throwing: BenchmarkFailure("no thread left (errno \(error.errno))"))
            }
        }
    }
}
