import Testing

/// A power cut of a machine in the middle of its writing: what was acknowledged before it.
struct PowerCut: Sendable {
    /// The last change that the program said it had kept; both settings of it have this value, A.
    let acknowledged: Int

    /// The settings that are changed together.
    static let keys = ["pack.1.max_charge_a", "pack.1.max_discharge_a"]

    /// Changes two settings together again and again, and cuts the power at a moment that nobody chose.
    static func happen(to guest: Guest) async throws -> PowerCut {
        try await guest.run(
            "cellbridge config set --state /state pack.1.link=/dev/ttyS1 pack.1.family=tinybms pack.1.chemistry=lfp "
                + "pack.1.cells=16 pack.1.capacity_ah=280 can.link=socketcan:can2")
        let writer = try await guest.order(
            "i=100; while i=$((i + 1)); do cellbridge config set --state /state "
                + keys.map { "\($0)=$i" }.joined(separator: " ") + " >/dev/null || exit 1; echo kept $i; done")
        let isBusy = await writer.lines.wait(within: .seconds(60)) { $0.count >= 8 ? true : nil }
        try #require(isBusy == true, "\(writer.story)")
        try await Task.sleep(for: .milliseconds(Int.random(in: 0..<400)))
        await guest.cutPower()
        let last = writer.lines.all.last?.text.split(separator: " ").last
        return PowerCut(acknowledged: try #require(last.flatMap { Int($0) }, "\(writer.story)"))
    }
}
