import BMSProtocols

/// The floor of the program's processor time: the bytes of a second of it, in as many wake-ups, from a bare thread.
struct BareExchange {
    /// Frames that leave in a second: ten in every one, and nine in every tenth.
    private static let frames = 11
    /// As the schedule spaces them, ns.
    private static let spacing: Int64 = 20_000_000

    private let battery: BareTerminal
    private let adapter: BareTerminal
    private let request = TinyBMSLiveBlock.request.bytes
    private let frame = Array("t35180102030405060708\r".utf8)

    init(_ battery: BareTerminal, _ adapter: BareTerminal) {
        self.battery = battery
        self.adapter = adapter
    }

    /// Exchanges once a second.
    ///
    /// - Returns: seconds of processor time that it took.
    func run(seconds: Int) -> Double {
        let before = Bare.threadTime
        var next = Bare.now
        for _ in 0..<max(1, seconds) {
            poll()
            for number in 0..<Self.frames {
                Bare.sleep(until: next + Int64(number + 1) * Self.spacing)
                Bare.write(frame, to: adapter.slave)
                var answer: [UInt8] = []
                if Bare.wait(for: adapter.slave, or: -1, milliseconds: 15).first {
                    Bare.read(adapter.slave, into: &answer)
                }
            }
            next += 1_000_000_000
            Bare.sleep(until: next)
        }
        return Double(Bare.threadTime - before) / 1e9
    }

    // MARK: - Private

    private func poll() {
        Bare.write(request, to: battery.slave)
        var answer: [UInt8] = []
        while answer.count < TinyBMSLiveBlock.frameLength,
            Bare.wait(for: battery.slave, or: -1, milliseconds: 100).first
        { Bare.read(battery.slave, into: &answer) }
    }
}
