import Testing

@testable import Proof

@Suite struct `Sins at the start` {
    @Test func `S4 frames after a restart with a mute BMS`() {
        judge([.s4]) { story, sins in
            story.run(30)
            story.kill()
            story.packs[0].isMute = true
            story.run(2)
            story.begin()
            if sins { (story.gateway.neverStops, story.gateway.pretendedAge) = (true, 1) }
            story.run(20)
        }
    }

    @Test func `S4 frames before the first answer of all`() {
        judge([.s4]) { story, sins in
            story.packs[0].isMute = true
            if sins { story.gateway.neverStops = true }
            story.run(5)
        }
    }

    @Test func `S5 a first frame after one snapshot`() {
        judge([.s5]) { story, sins in
            story.packs[0].answersEach = 3
            story.run(1.52)
            if sins { story.take(StoryLimits(voltage: 55.2, charge: 0, discharge: 150)) }
        }
    }

    @Test func `S5 a first frame with full CCL`() {
        judge([.s5]) { story, sins in
            if sins { story.gateway.ramp = 1 }
            story.run(1.8)
        }
    }

    @Test func `S5 a first frame with a DCL ramped from 0`() {
        judge([.s5]) { story, sins in
            if sins { story.gateway.spoilLimits = { $0.discharge = 0 } }
            story.run(1.8)
        }
    }

    @Test func `S64 frames while no user has confirmed the pack`() {
        judge([.s64], site: { $0.isCommissioned = false }) { story, sins in
            if sins { story.gateway.neverStops = true }
            story.run(30)
        }
    }

    @Test func `S64 frames after the confirmation was taken back`() {
        judge([.s64]) { story, sins in
            story.run(30)
            story.confirm { $0.isCommissioned = false }
            if sins { story.gateway.neverStops = true }
            story.run(10)
        }
    }

    @Test func `S40 a gateway that is silent for ever although all is well`() {
        judge([.s40]) { story, sins in
            if sins { story.gateway.omits = { _ in true } }
            story.run(60)
        }
    }

    @Test func `S40 S5 a gateway that waits for a limit above 0 with a BMS that forbids charging`() {
        judge([.s40]) { story, sins in
            story.packs[0].cells = [Double](repeating: 3.66, count: 16)
            story.packs[0].status = 0x92
            if sins { story.gateway.omits = { _ in true } }
            story.run(60)
        }
    }
}
