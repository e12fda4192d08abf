import BMSProtocols
import Battery

/// Single frames both ways: what decodes encodes to the same bytes.
enum TinyBMSFrameFuzz {
    static func run(_ bytes: [UInt8]) {
        guard let mode = bytes.first else { return }
        var frame = Array(bytes.dropFirst())
        // No fuzzer guesses a checksum: most inputs get theirs for nothing.
        if mode & 3 != 0 { frame = [0xAA] + frame }
        if mode & 3 > 1 { CRC16.seal(&frame) }
        answer(frame)
        request(frame)
        _ = try? TinyBMSBroadcast.decode(Array(bytes.dropFirst()))
    }

    // MARK: - Private

    private static func answer(_ frame: [UInt8]) {
        guard let answer = try? TinyBMSAnswer.decode(frame) else { return }
        require(CRC16.holds(frame, in: 0..<frame.count), "an answer with a wrong checksum is read: \(frame)")
        // A packet that more follow is kept as it came, with lengths that no answer of ours has.
        if case .partial = answer {
            require(
                (try? TinyBMSAnswer.decode(answer.bytes)) != nil, "a packet cannot be read again: \(frame)")
        } else {
            require(answer.bytes == frame, "\(frame) becomes \(answer.bytes)")
        }
        if let block = try? TinyBMSLiveBlock(frame: frame) { live(block) }
        switch answer {
        case .allEvents(let time, let records), .newestEvents(let time, let records): events(records, time)
        case .registers(let words), .block(let words), .settings(let words):
            for first in [UInt16(0), 200, 300, 500, 65_535] {
                let words = TinyBMSRegisterWords(first: first, words)
                events(TinyBMSEventRecord.records(in: words), 1)
                _ = words.members
                _ = BMSSettings(tinyBMS: words)
                _ = PackIdentity(tinyBMS: words)
            }
        default: break
        }
    }

    private static func request(_ frame: [UInt8]) {
        guard let request = try? TinyBMSRequest.decode(frame) else { return }
        require(CRC16.holds(frame, in: 0..<frame.count), "a request with a wrong checksum is read: \(frame)")
        require(request.bytes == frame, "\(frame) becomes \(request.bytes)")
        _ = request.mismatch(with: frame)
    }

    private static func live(_ block: TinyBMSLiveBlock) {
        let now = Instant(sinceBoot: .seconds(1_000_000))
        for order in TinyBMSCellOrder.allCases {
            for count in [nil, 0, 1, 4, 15, 16, 17, Int.max] {
                let reading = block.reading(pack: 1, began: now, completed: now, order: order, seriesCells: count)
                require(reading.isFinite, "a value of \(reading) is not finite")
                require(reading.cells.count <= TinyBMSLiveBlock.slots, "\(reading.cells.count) cells")
            }
        }
        require(block.agrees(with: block), "a block does not agree with itself")
    }

    private static func events(_ records: [TinyBMSEventRecord], _ time: UInt32) {
        for status in [UInt16(0x97), 0x9B, 0] {
            _ = TinyBMSEvents.alarms(records, bmsTime: time, status: status, statusTime: time)
        }
    }
}

extension PackReading {
    /// Whether every number is one.
    var isFinite: Bool {
        let numbers =
            [voltage, current, reportedMinimumCell, reportedMaximumCell, stateOfCharge, stateOfHealth] + cells
            + temperatures.map(\.celsius)
        return numbers.allSatisfy { $0?.isFinite ?? true }
    }
}
