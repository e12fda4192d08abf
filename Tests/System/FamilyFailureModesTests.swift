import Foundation
import Links
import Testing

/// Failures of the field with every family: what the inverter and the user see, from `cellbridge simulate scenarios`.
@Suite(.timeLimit(.minutes(5))) struct FamilyFailureModesTests {
    /// One line of `--json`.
    private struct Outcome: Decodable {
        struct Limits: Decodable { var ccl_a: Double?, dcl_a: Double? }
        struct Sentence: Decodable { var text: String }
        var name: String
        var seen_after_s: Double?
        var back_after_s: Double?
        var limits: [Limits]
        var alarms: [String]
        var warnings: [String]
        var sentences: [Sentence]
        var was_silent: Bool

        /// At the fault, and 1, 10 and 60 s after it, A.
        var charge: [Double?] { limits.map(\.ccl_a) }
        var discharge: [Double?] { limits.map(\.dcl_a) }
        func says(_ words: String) -> Bool { sentences.contains { $0.text.contains(words) } }
    }

    private static let stories = [
        "story-03-sleep-lock-out", "story-05-soc-drift", "story-06-absent-probe", "story-07-spikes-and-zeros",
        "story-10-pack-lost", "story-11-identity-swap",
    ]

    private func outcomes(_ family: String) async throws -> [String: Outcome] {
        let loop = try EventLoop(name: "stories")
        defer { loop.stop() }
        let arguments = ["simulate", "scenarios"] + Self.stories + ["--json", "--family", family]
        let child = try await Child.start(arguments, input: "/dev/null", on: loop)
        let end = await child.end(within: .seconds(240))
        child.signal(9)
        #expect(end == .exited(0), "\(child.story)")
        let lines = child.output.all.map(\.text).filter { $0.hasPrefix("{") }
        let all = try lines.map { try JSONDecoder().decode(Outcome.self, from: Data($0.utf8)) }
        return Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
    }

    @Test(arguments: ["tinybms", "jbd", "daly", "daly-modbus", "jk", "jk-pb"])
    func `S2 S4 S9 S21 S24 S27: six stories of the field end as they must with this make`(family: String) async throws {
        let told = try await outcomes(family)
        // Asleep: charging ends, then silence, and it comes back by itself.
        let sleep = try #require(told["story-03-sleep-lock-out"])
        #expect(sleep.charge[0] == 100 && sleep.charge[2] == 0 && sleep.discharge[2] == 150)
        #expect(sleep.was_silent && sleep.alarms.contains("BMS internal") && sleep.says("no answer"))
        #expect(sleep.back_after_s.map { $0 < 60 } ?? false)
        // A state of charge that jumps on a full battery: a warning, and no discharging is stopped.
        let jump = try #require(told["story-05-soc-drift"])
        #expect(jump.discharge == [150, 150, 150, 150] && !jump.was_silent && jump.says("low_state_of_charge"))
        // No probe, or one out of its mind: charging ends, and the probe is named.
        let probe = try #require(told["story-06-absent-probe"])
        #expect(probe.charge[0] == 100 && probe.charge[1...].allSatisfy { $0 == 0 })
        #expect(probe.says("is gone") || probe.says("was at 100.0 °C"))
        #expect((probe.alarms + probe.warnings).contains("general"))
        // Spikes, as soon as they are believed; and a cell without its wire.
        let spikes = try #require(told["story-07-spikes-and-zeros"])
        #expect(spikes.alarms.contains("high voltage") && spikes.says("cell 3 cannot be read"))
        #expect(spikes.seen_after_s.map { $0 < 20 } ?? false)
        // One pack of three: its share is gone, and only that.
        let lost = try #require(told["story-10-pack-lost"])
        #expect(lost.charge == [270, 270, 180, 180] && lost.discharge == [405, 405, 270, 270])
        #expect(lost.says("pack 2 is lost") && lost.warnings.contains("BMS internal") && !lost.was_silent)
        #expect(lost.back_after_s.map { $0 < 100 } ?? false)
        // Two packs that return to a restarted program: under their own names, and up slowly.
        let swap = try #require(told["story-11-identity-swap"])
        #expect(swap.charge[0] == 180 && swap.charge[2] == 0 && swap.charge[3] == 180)
        #expect(swap.says("pack 1: sim:pack1") && swap.says("pack 2: sim:pack2"))
        #expect(swap.back_after_s.map { $0 < 100 } ?? false)
    }
}
