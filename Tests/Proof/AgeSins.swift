import Testing

@testable import Proof

@Suite struct `Sins with old data` {
    @Test func `S2 S3 0x351 repeated for ever after the last answer`() {
        judge([.s2, .s3, .stages]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins { (story.gateway.pretendedAge, story.gateway.neverStops) = (0.5, true) }
            story.run(60)
        }
    }

    @Test func `S3 CCL above 0 handed over 5_6 s after the poll began, though still within S2`() {
        judge([.s3]) { story, sins in
            story.run(30.2)
            story.packs[0].isMute = true
            story.run(5)
            if sins { story.take(StoryLimits(voltage: 53.6, charge: 1, discharge: 150)) }
        }
    }

    @Test func `S3 DCL kept beyond STOP`() {
        judge([.s3]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins { story.gateway.spoilLimits = { $0.discharge = 150 } }
            story.run(28)
        }
    }

    @Test func `S3 frames beyond SILENT`() {
        judge([.s3]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            story.run(32)
            if sins { story.take(CANFrameSeen(id: 0x355, data: [55, 0, 100, 0, 0, 0, 0, 0])) }
        }
    }

    @Test func `safety_md 1: a limit that rises in HOLD`() {
        judge([.stages]) { story, sins in
            story.run(5)
            story.packs[0].isMute = true
            if sins { story.gateway.pretendedAge = 1 }
            story.run(3.5)
            story.packs[0].isMute = false
            story.gateway.pretendedAge = nil
            story.run(5)
        }
    }

    @Test func `safety_md 1: CVL stays up at NO-CHARGE`() {
        judge([.stages]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins { story.gateway.spoilLimits = { $0.voltage = 55.2 } }
            story.run(20)
        }
    }

    @Test func `safety_md 1: CVL of 0`() {
        judge([.stages]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.voltage = 0 } }
            story.run(10)
        }
    }

    @Test func `safety_md 1: no word of the old data in 0x35A`() {
        judge([.stages]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins {
                story.gateway.spoilFrame = { frame in
                    if frame.id == 0x35A { frame.data = [UInt8](repeating: 0xAA, count: 8) }
                }
            }
            story.run(20)
        }
    }

    @Test func `safety_md 1: every module online with data of 10 s`() {
        judge([.stages]) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins {
                story.gateway.spoilFrame = { frame in
                    if frame.id == 0x372 { frame.data = [1, 0, 0, 0, 0, 0, 0, 0] }
                }
            }
            story.run(10)
        }
    }

    @Test func `S8 a limit from a BMS whose counter stands still`() {
        judge([.s8, .s10, .stages]) { story, sins in
            story.run(30)
            story.packs[0].hasFrozenCounter = true
            if sins { story.gateway.ignoresCounter = true }
            story.run(12)
        }
    }

    @Test func `S2 only answers count: bytes with a wrong checksum excuse nothing`() {
        judge([.s2, .s3, .stages]) { story, sins in
            story.run(30)
            story.packs[0].damage = { $0[50] ^= 0x10 }
            if sins { story.gateway.pretendedAge = 0.5 }
            story.run(14)
        }
    }

    @Test(arguments: [3.0, 10])
    func `S3 the site's own ages count`(noCharge: Double) {
        judge([.s3, .s2, .stages], site: { ($0.noCharge, $0.hold) = (noCharge, 2) }) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins {
                story.gateway.spoilLimits = { $0.charge = 20 }
                story.gateway.pretendedAge = 0.5
            }
            story.run(14)
        }
    }
}
