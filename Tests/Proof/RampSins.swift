import Testing

@testable import Proof

@Suite struct `Sins on the way up` {
    @Test func `S6 CCL that rises by a fifth a second`() {
        judge([.s6]) { story, sins in
            story.run(1.8)
            if sins { story.gateway.ramp = 0.2 }
            story.run(10)
        }
    }

    @Test func `S6 CCL that rises by an eighth a second`() {
        judge([.s6]) { story, sins in
            story.run(1.8)
            if sins { story.gateway.ramp = 0.125 }
            story.run(10)
        }
    }

    @Test func `S6 DCL that jumps up`() {
        judge([.s6]) { story, sins in
            story.packs[0].cells[3] = 2.7
            story.run(30)
            story.packs[0].cells[3] = 3.2
            story.run(62.5)
            if sins { story.take(StoryLimits(voltage: 55.2, charge: 100, discharge: 150)) }
        }
    }

    @Test(arguments: [6.0, 20, 40])
    func `S6 leaving NO-CHARGE, STOP and SILENT after one good snapshot`(gap: Double) {
        judge([.s6]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            story.run(gap + 1.5)
            story.packs[0].isMute = false
            if sins { story.gateway.snapshotsToReturn = 1 }
            story.run(20)
        }
    }

    @Test func `S6 a full limit as soon as the data is back`() {
        judge([.s6]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            story.run(40)
            story.packs[0].isMute = false
            story.run(4)
            if sins { story.gateway.ramp = 1 }
            story.run(4)
        }
    }

    @Test func `S6 alternating good and missing answers never raise`() {
        judge([.s6]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            story.run(8)
            story.packs[0].isMute = false
            story.packs[0].answersEach = 14
            if sins { (story.gateway.snapshotsToReturn, story.gateway.ramp) = (1, 0.1) }
            story.run(60)
        }
    }

    @Test func `S7 limits that stay at 0 although everything is constant and well`() {
        judge([.s7]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.charge = 0 } }
            story.run(300)
        }
    }

    @Test func `S7 DCL that stays at 0`() {
        judge([.s7]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.discharge = 0 } }
            story.run(300)
        }
    }

    @Test func `S7 a status of offline with fresh data`() {
        judge([.s7]) { story, sins in
            if sins {
                story.gateway.spoilFrame = { frame in if frame.id == 0x35A { frame.data[7] = 0xA6 } }
            }
            story.run(120)
        }
    }
}
