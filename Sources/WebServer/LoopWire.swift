/// A connection's bytes through the loop.
struct LoopWire: Wire {
    let core: WebLoopCore
    let number: UInt

    var isSecure: Bool { core.isSecure(number) }
    func write(_ bytes: [UInt8]) -> WriteOutcome { core.write(bytes, to: number) }
    func setReading(_ isReading: Bool) { core.setReading(isReading, of: number) }
    func finishWriting() { core.finishWriting(number) }
    func close() { core.close(number) }
}
