import Testing

@testable import Proof

@Suite struct `Sins with several packs` {
    @Test func `S9 one dead pack averaged away`() {
        judge([.s9], packs: 3) { story, sins in
            story.run(30)
            story.packs[1].isMute = true
            if sins { story.gateway.spoilLimits = { $0.charge = 290 } }
            story.run(30)
        }
    }

    @Test func `S9 DCL of a dead pack kept while others live`() {
        judge([.s9], packs: 2) { story, sins in
            story.run(30)
            story.packs[1].isMute = true
            if sins { story.gateway.spoilLimits = { $0.discharge = 300 } }
            story.run(14)
        }
    }

    @Test func `S9 a limit that rises while an admitted pack is away`() {
        judge([.s9], packs: 2) { story, sins in
            story.run(5)
            story.packs[1].isMute = true
            story.run(20)
            if sins { story.gateway.spoilLimits = { $0.charge += 3 } }
            story.run(5)
        }
    }

    @Test func `S3 every pack gone, and CCL stays`() {
        judge([.s2, .s3, .stages], packs: 3) { story, sins in
            story.run(30)
            for index in story.packs.indices { story.packs[index].isMute = true }
            if sins { story.gateway.pretendedAge = 1 }
            story.run(14)
        }
    }

    @Test func `S6 a pack that came back counts after one snapshot`() {
        judge([.s6], packs: 2) { story, sins in
            story.run(30)
            story.packs[1].isMute = true
            story.run(70)
            story.packs[1].isMute = false
            story.run(0.2)
            if sins { story.take(StoryLimits(voltage: 55.2, charge: 108, discharge: 150)) }
        }
    }

    @Test func `S9 a pack away for more than 60 s holds nobody at 0`() {
        judge([.s9], packs: 2) { story, sins in
            story.run(30)
            story.packs[1].isMute = true
            story.run(80)
            if sins { story.gateway.spoilLimits = { $0.charge = 105 } }
            story.run(2)
        }
    }
}
