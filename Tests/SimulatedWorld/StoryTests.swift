import Proof
import Simulator
import Testing

@testable import SimulatedWorld

@Suite(.timeLimit(.minutes(2))) struct StoryTests {
    private func frame(_ id: UInt32, _ data: [UInt8]) -> Happening { .frameSent(CANFrameSeen(id: id, data: data)) }

    /// Limits and alarms once a second, as a gateway sends them.
    private func record(
        seconds: Range<Int>, _ body: (Int) -> (current: UInt8, alarm: UInt8)?
    ) -> StoryRecord {
        var record = StoryRecord()
        for second in seconds {
            guard let (current, alarm) = body(second) else { continue }
            record.saw(frame(0x351, [0x28, 2, current, 0, 100, 0, 0, 0]), at: Int64(second) * 1_000_000)
            record.saw(frame(0x35A, [alarm, 0, 0, 0, 0, 0, 0, 0]), at: Int64(second) * 1_000_000)
        }
        return record
    }

    @Test func `limits and alarms are read from the frames, and forgotten after three seconds`() {
        var record = StoryRecord()
        record.saw(frame(0x351, [0x28, 2, 0xE8, 3, 0xDC, 5, 0, 0]), at: 1_000_000)
        record.saw(frame(0x35A, [0b0000_0100, 0, 0b0100_0000, 0, 0b0001_1010, 0, 0, 0xF4]), at: 1_000_000)
        #expect(record.limits(at: 0.9) == nil)
        #expect(record.limits(at: 3.9) == .init(chargeVoltage: 55.2, chargeCurrent: 100, dischargeCurrent: 150))
        #expect(record.limits(at: 4) == nil)
        let alarms = record.alarms(at: 2)
        #expect(StoryRecord.names(alarms?.alarms ?? 0) == ["high voltage", "BMS internal"])
        // 10 is "all right", and the last three pairs are the system's status.
        #expect(StoryRecord.names(alarms?.warnings ?? 0) == ["low voltage"])
    }

    @Test func `what differs from the calm world is seen, dated and dated back`() {
        let story = Story(
            Scenario(name: "x", faults: [.init(at: 30, for: 20, Misbehaviour(.silence))]))
        #expect(story.began == 30 && story.ended == 50 && story.seconds == 230)
        let calm = record(seconds: 0..<231) { _ in (200, 0) }
        let bad = record(seconds: 0..<231) { second in (33..<60).contains(second) ? (0, 1) : (200, 0) }
        let outcome = StoryOutcome(story, bad, calm: calm)
        #expect(abs((outcome.seenAfter ?? 0) - 3) < 0.06)
        #expect(abs((outcome.backAfter ?? 0) - 10) < 0.06)
        #expect(outcome.alarms == ["general"] && outcome.warnings.isEmpty && !outcome.wasSilent)
        #expect(outcome.limits.map { $0.limits?.chargeCurrent } == [20, 20, 0, 20])
        let silent = record(seconds: 0..<231) { $0 < 40 ? (200, 0) : nil }
        let lost = StoryOutcome(story, silent, calm: calm)
        #expect(lost.wasSilent && lost.staysWorse && lost.backAfter == nil)
        #expect(StoryOutcome(story, calm, calm: calm).seenAfter == nil)
    }

    @Test func `S2: told in a world, a silent BMS ends charging, and two tellings are the same`() async throws {
        let scenario = try #require(Scenario.named("bms-silent"))
        let outcomes = try await StoryBook.outcomes(of: [Story(scenario), Story(scenario)])
        let limits = try #require(outcomes.first).limits
        #expect(limits[0].limits?.chargeCurrent == 100)
        #expect(limits[2].limits?.chargeCurrent == 0 && limits[2].limits?.dischargeCurrent == 150)
        #expect(limits[3].limits == nil)
        #expect(FailureModesDocument.markdown([outcomes[0]]) == FailureModesDocument.markdown([outcomes[1]]))
    }
}
