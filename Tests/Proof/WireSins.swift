import Testing

@testable import Proof

@Suite struct `Sins on the bus` {
    @Test func `S40 gaps of 3 s`() {
        judge([.s40]) { story, sins in
            story.run(30)
            if sins { story.gateway.period = 3_000_000 }
            story.run(30)
        }
    }

    @Test(arguments: [0x351, 0x355, 0x356, 0x35A] as [UInt32])
    func `S40 one of the required frames is missing`(id: UInt32) {
        judge([.s40]) { story, sins in
            if sins { story.gateway.omits = { $0 == id } }
            story.run(60)
        }
    }

    @Test func `S40 a period of 1_3 s`() {
        judge([.s40]) { story, sins in
            if sins { story.gateway.period = 1_300_000 }
            story.run(120)
        }
    }

    @Test func `S40 frames 5 ms apart`() {
        judge([.s40]) { story, sins in
            story.run(30)
            if sins { story.gateway.distance = 5000 }
            story.run(3)
        }
    }

    @Test func `S40 the immediate 0x351 of a falling limit may follow closely`() {
        judge([.s40]) { story, sins in
            story.run(30.02)
            story.take(StoryLimits(voltage: 55.2, charge: sins ? 100 : 90, discharge: 150))
        }
    }

    @Test func `S41 two unconfirmed 0x351 in the queue`() {
        judge([.s41]) { story, sins in
            story.run(30)
            if sins { story.gateway.fillsQueue = true }
            story.setBus(false)
            story.run(5)
            story.setBus(true)
            story.run(5)
        }
    }

    @Test func `S41 an old 0x351 confirmed late, and no fresh one`() {
        judge([.s41]) { story, sins in
            story.run(30)
            story.setBus(false)
            story.run(4.1)
            if sins { story.gateway.followsUp = false }
            story.setBus(true)
            story.run(5)
        }
    }

    @Test func `S42 no full set when the bus is back`() {
        judge([.s42]) { story, sins in
            story.run(30)
            story.setBus(false)
            story.run(10)
            story.setBus(true)
            if sins { story.gateway.omits = { $0 == 0x35A } }
            story.run(20)
        }
    }

    @Test(arguments: [0x305, 0x307] as [UInt32])
    func `S43 a frame of the GX's own`(id: UInt32) {
        judge([.s43]) { story, sins in
            story.run(30.5)
            if sins { story.take(CANFrameSeen(id: id, data: [0, 0, 0, 0, 0, 0, 0, 0])) }
            story.run(2)
        }
    }

    @Test func `S43 transmission that goes on without a keepalive although the user chose to stop`() {
        judge([.s43], site: { $0.stopsWithoutKeepalive = 60 }) { story, sins in
            story.run(30)
            story.hasGX = false
            story.run(59)
            if !sins { story.gateway.omits = { _ in true } }
            story.run(60)
        }
    }

    @Test func `S43 transmission that ends without a keepalive although nobody chose that`() {
        judge([.s40]) { story, sins in
            story.run(30)
            story.hasGX = false
            story.run(600)
            if sins { story.gateway.omits = { _ in true } }
            story.run(60)
        }
    }

    @Test func `S44 CCL above 0 beside a second sender`() {
        judge([.s44]) { story, sins in
            story.run(30)
            story.hasSecondSender = true
            story.run(3)
            if !sins { story.gateway.spoilLimits = { $0.charge = 0 } }
            story.run(30)
            story.hasSecondSender = false
            story.run(50)
        }
    }

    @Test func `S10 values still published at SILENT`() {
        judge([.s10]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            story.run(29)
            if sins { story.gateway.publishes = ("silent", 31) }
            story.run(10)
        }
    }

    @Test func `S10 values that claim to be younger than they are`() {
        judge([.s10]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins { story.gateway.publishes = ("live", 0.4) }
            story.run(10)
        }
    }

    @Test func `S10 values without an age, and words that nobody knows`() {
        judge([.s10]) { story, sins in
            story.run(30)
            if sins {
                story.see(.published(pack: 1, stage: "live", age: nil, hasValues: true))
                story.see(.published(pack: 1, stage: "fine", age: 1, hasValues: true))
            }
        }
    }

    @Test func `S10 values before anything was measured`() {
        judge([.s10]) { story, sins in
            story.packs[0].isMute = true
            if sins { story.gateway.publishes = ("live", 0.5) }
            story.run(5)
        }
    }

    @Test func `a row of equal sins stands there once and is counted`() {
        let story = Story()
        story.run(30)
        story.gateway.spoilLimits = { $0.charge = -10 }
        story.run(60)
        #expect(story.checker.violations.count == 1)
        #expect(story.checker.verdict.counts[.s25] ?? 0 >= 59)
    }
}
