import Testing

@testable import Proof

@Suite struct `Sins with inputs` {
    @Test func `S24 CCL above 0 without one of the cells`() {
        judge([.s24]) { story, sins in
            story.run(30)
            story.packs[0].spoil = { $0[7] = 0xFFFF }
            if sins { story.gateway.spoilLimits = { $0.charge = 100 } }
            story.run(4)
        }
    }

    @Test func `S24 a limit that rises when the cells are gone`() {
        judge([.s24]) { story, sins in
            story.gateway.spoilLimits = { $0.discharge = 50 }
            story.run(30)
            story.packs[0].spoil = { words in for cell in 0..<16 { words[cell] = 0 } }
            story.run(3)
            if sins { story.gateway.spoilLimits = { $0.discharge = 60 } }
            story.run(5)
        }
    }

    @Test func `S24 CCL above 0 without a temperature`() {
        judge([.s24]) { story, sins in
            story.run(30)
            story.packs[0].externals = [nil, nil]
            story.packs[0].spoil = { $0[48] = 0x7FFF }
            story.packs[0].board = nil
            if sins { story.gateway.spoilLimits = { $0.charge = 100 } }
            story.run(4)
        }
    }

    @Test func `S24 CCL above 0 with too few cells`() {
        judge([.s24]) { story, sins in
            story.run(30)
            story.packs[0].spoil = { $0[15] = 0 }
            if sins { story.gateway.spoilLimits = { $0.charge = 100 } }
            story.run(4)
        }
    }

    @Test func `S24 DCL without any cell voltage at the age of STOP`() {
        judge([.s24]) { story, sins in
            story.run(30)
            story.packs[0].spoil = { words in for cell in 0..<16 { words[cell] = 0 } }
            story.run(14)
            story.gateway.spoilLimits = { [sins] in if !sins { $0.discharge = 0 } }
            story.run(10)
        }
    }

    @Test func `S27 CCL above 0 with a cell at its maximum`() {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 3.65
            if sins { story.gateway.spoilLimits = { $0.charge = 1 } }
            story.run(10)
        }
    }

    @Test func `S27 CCL back before the cell was 30 mV down for 10 s`() {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 3.66
            story.run(5)
            story.packs[0].cells[4] = 3.6
            if sins { story.gateway.release = 4 }
            story.run(20)
        }
    }

    @Test(arguments: [45.5, -0.5])
    func `S27 CCL above 0 outside the charge window`(temperature: Double) {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].externals[0] = temperature
            if sins { story.gateway.spoilLimits = { $0.charge = 1 } }
            story.run(10)
        }
    }

    @Test func `S27 CCL above 0 where only the board is known and shows 3 degrees`() {
        judge([.s27]) { story, sins in
            story.run(30)
            (story.packs[0].externals, story.packs[0].board) = ([nil, nil], 3)
            if sins { story.gateway.spoilLimits = { $0.charge = 1 } }
            story.run(10)
        }
    }

    @Test func `S27 CCL after a cell was deeply discharged`() {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 1.9
            story.run(6)
            story.packs[0].cells[4] = 2.2
            story.gateway.spoilLimits = { $0.charge = sins ? 5 : 0 }
            story.run(10)
            story.packs[0].cells[4] = 3.2
            story.run(60)
        }
    }

    @Test func `S27 DCL of more than 1 A with a cell below its minimum`() {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 2.7
            if sins { story.gateway.spoilLimits = { $0.discharge = 20 } }
            story.run(5)
        }
    }

    @Test func `S27 DCL of 1 A for ever with a cell below its minimum`() {
        judge([.s27]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 2.7
            if sins { story.gateway.spoilLimits = { $0.discharge = 1 } }
            story.run(10)
        }
    }

    @Test func `S23 a jump away from the maximum that is believed at once`() {
        judge([.s23]) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 3.7
            story.run(20.2)
            story.packs[0].cells[4] = 3.3
            story.run(0.5)
            if sins { story.take(StoryLimits(voltage: 55.2, charge: 2, discharge: 150)) }
        }
    }

    @Test func `S26 CCL above the configured maximum`() {
        judge([.s26, .s6]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.charge = 130 } }
            story.run(3)
        }
    }

    @Test func `S26 DCL above the configured maximum, by rounding up`() {
        judge([.s26]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.discharge = 150.1 } }
            story.run(3)
        }
    }

    @Test func `S26 CVL above maximum times cells`() {
        judge([.s26]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.voltage = 58.5 } }
            story.run(3)
        }
    }

    @Test func `S26 the old maximum more than a second after it was lowered`() {
        judge([.s26]) { story, sins in
            story.run(30)
            story.confirm { $0.packs[0].maximumCharge = 50 }
            if sins { story.gateway.site.packs[0].maximumCharge = 100 }
            story.run(3)
        }
    }

    @Test func `S26 a new maximum that nobody entered`() {
        judge([.s26]) { story, sins in
            story.run(30)
            var new = story.site
            new.packs[0].maximumCharge = 110
            if !sins { story.see(.entered(new)) }
            story.gateway.site = new
            story.run(3)
        }
    }

    @Test func `S26 a 0x351 that is too short`() {
        judge([.s26]) { story, sins in
            story.run(30)
            if sins {
                story.gateway.spoilFrame = { frame in if frame.id == 0x351 { frame.data.removeLast(4) } }
            }
            story.run(2)
        }
    }

    @Test func `S25 a negative CCL`() {
        judge([.s25]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.charge = -10 } }
            story.run(3)
        }
    }

    @Test func `S25 a negative DCL, as a peer sends it`() {
        judge([.s25]) { story, sins in
            story.run(30)
            if sins { story.gateway.spoilLimits = { $0.discharge = -150 } }
            story.run(3)
        }
    }

    @Test func `S25 a current with the sign of another inverter`() {
        judge([.s25]) { story, sins in
            if sins {
                story.gateway.spoilFrame = { frame in
                    if frame.id == 0x356 { (frame.data[2], frame.data[3]) = (0x83, 0xFF) }
                }
            }
            story.run(20)
        }
    }

    @Test func `S22 CCL above 0 while cells and pack voltage contradict each other`() {
        judge([.s22]) { story, sins in
            story.run(30)
            story.packs[0].spoil = { $0[37] = 0x4220 }
            story.run(5)
            if !sins { story.gateway.spoilLimits = { $0.charge = 0 } }
            story.run(10)
        }
    }

    @Test func `S25 alarm pairs the wrong way round`() {
        judge([.s25]) { story, sins in
            if sins {
                story.gateway.spoilFrame = { frame in
                    if frame.id == 0x35A { frame.data = [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x59] }
                }
            }
            story.run(10)
        }
    }
}
