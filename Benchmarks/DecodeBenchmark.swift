import BMSProtocols
import Battery

/// Live blocks decoded a second on one processor: checksum, fields and the reading that the poller takes.
enum DecodeBenchmark {
    static func run() -> [Figure] {
        let frames = frames(64)
        let now = Instant(sinceBoot: .zero)
        var cells = 0
        var sum = 0
        let rates = Rate.measure([
            {
                for frame in frames {
                    guard let block = try? TinyBMSLiveBlock(frame: frame) else { continue }
                    let reading = block.reading(
                        pack: 1, began: now, completed: now, order: .register0First, seriesCells: 16)
                    cells &+= reading.cells.count
                }
                return frames.count
            },
            {
                for frame in frames { sum &+= Int(CRC16.checksum(frame)) }
                return frames.count
            },
            {
                for frame in frames { sum &+= frame.reduce(0) { $0 &+ Int($1) } }
                return frames.count
            },
        ])
        let note = "\(TinyBMSLiveBlock.frameLength) bytes, checksum included; checked \(cells > 0 && sum != 0)"
        return [
            Figure(
                "decode TinyBMS live block", rates[0].median, "/s", limit: .init("its CRC alone", rates[1].median),
                bar: .atLeast(500_000), count: rates[0].samples.count, note: note),
            Figure(
                "decode CRC alone", rates[1].median, "/s", limit: .init("adding the bytes up", rates[2].median),
                count: rates[1].samples.count),
        ]
    }

    // MARK: - Private

    private static func frames(_ count: Int) -> [[UInt8]] {
        var device = BatteryDevice()
        return (0..<count).map { index in
            device.lowestCell = 3.2 + 0.001 * Double(index)
            return device.answer(to: TinyBMSLiveBlock.request)
        }
    }
}
