import Links

/// Frames on an interface, as `candump -L` in the guest writes them.
struct Wire: Sendable {
    /// One of them.
    struct Seen: Sendable {
        /// When its line came here.
        var at: Moment
        /// Seconds since the machine's boot, which steps of its clock do not change.
        var uptime: Double
        /// The frame as candump writes it: `351#2802…`.
        var text: String
        var frame: Frame
    }

    /// The candump that writes them.
    let order: Order

    /// Everything so far, error frames left out.
    var all: [Seen] { order.lines.all.compactMap(Self.read) }

    /// Everything after a moment.
    func all(after moment: Moment) -> [Seen] { all.filter { $0.at > moment } }

    /// The frames that carry limits, after a moment.
    func limits(after moment: Moment) -> [Frame.Limits] { all(after: moment).compactMap(\.frame.limits) }

    /// Waits for the slow frames of a full set, which come every 10 s, after a moment where one is given.
    ///
    /// - Returns: the identifiers of everything seen so far.
    func fullSet(after moment: Moment? = nil) async throws -> Set<UInt32> {
        _ = try await order.line(" 382#", after: moment, within: .seconds(20))
        return Set(all.map(\.frame.identifier)).intersection(Frame.battery)
    }

    /// Waits for the first 0x351 that fits.
    func limits(
        _ what: String, after moment: Moment, within bound: Duration,
        where fits: @escaping @Sendable (Frame.Limits) -> Bool = { _ in true }
    ) async throws -> Frame.Limits {
        let found = await order.lines.wait(within: bound) { lines -> Frame.Limits? in
            for line in lines where line.at > moment {
                if let limits = Self.read(line)?.frame.limits, fits(limits) { return limits }
            }
            return nil
        }
        guard let found else { throw Bench.Missed(description: "no \(what) within \(bound.text); \(order.story)") }
        return found
    }

    /// `(1763640000.249713) can0 351#28026400DC05D001`
    static func read(_ line: Order.Line) -> Seen? {
        let words = line.text.split(separator: " ")
        guard words.count >= 3, words[0].hasPrefix("(") else { return nil }
        let halves = words[2].split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let identifier = UInt32(halves[0], radix: 16), identifier & 0x2000_0000 == 0 else {
            return nil
        }
        let digits = Array(halves[1])
        let data = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        let frame = Frame(at: line.at, identifier: identifier, isExtended: halves[0].count > 3, data: data)
        return Seen(at: line.at, uptime: line.uptime, text: String(words[2]), frame: frame)
    }
}
