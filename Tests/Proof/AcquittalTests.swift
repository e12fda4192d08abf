import Testing

@testable import Proof

/// What looks like a sin and is none.
@Suite struct `Acquittals` {
    private func acquit(_ site: (inout Site) -> Void = { _ in }, _ tell: (Story) -> Void) {
        let story = Story(packs: 1, site)
        tell(story)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S43 a bus that was closed for want of a keepalive hears it with the next opening only`() {
        acquit({ $0.stopsWithoutKeepalive = 30 }) { story in
            story.run(30)
            story.hasGX = false
            story.run(30)
            story.gateway.omits = { _ in true }
            story.run(20)
            story.hasGX = true
            story.run(29)
            story.gateway.omits = { _ in false }
            story.run(30)
        }
    }

    @Test func `S8 the silence that a frozen counter asks for, and the way back`() {
        acquit { story in
            story.run(30)
            story.packs[0].hasFrozenCounter = true
            story.run(60)
            story.packs[0].hasFrozenCounter = false
            story.run(60)
        }
    }

    @Test func `S22 the silence that refused snapshots ask for`() {
        acquit { story in
            story.run(30)
            story.packs[0].spoil = { $0[37] = 0x4220 }
            story.gateway.spoilLimits = { $0.charge = 0 }
            story.run(30)
            story.gateway.omits = { _ in true }
            story.run(30)
            story.packs[0].spoil = { _ in }
            story.run(4)
            story.gateway.omits = { _ in false }
            story.run(10)
        }
    }

    @Test func `S41 an old process's frame that leaves after the next one began`() {
        acquit { story in
            story.run(30)
            story.setBus(false)
            story.run(1.5)
            story.kill()
            story.run(1)
            story.begin()
            story.gateway.followsUp = false
            story.run(0.3)
            story.setBus(true)
            story.run(20)
        }
    }

    @Test func `S41 a publisher that hangs sends no fresh frame after a late one`() {
        acquit { story in
            story.run(30)
            story.setBus(false)
            story.run(3)
            story.see(.fault("hang of inverter", begins: true, isInside: true, isCalm: false))
            story.gateway.omits = { _ in true }
            story.gateway.followsUp = false
            story.run(1)
            story.setBus(true)
            story.run(12)
            story.kill()
            story.run(0.5)
            story.begin()
            story.gateway.omits = { _ in false }
            story.run(20)
            story.see(.fault("hang of inverter", begins: false, isInside: true, isCalm: true))
            story.run(20)
        }
    }

    @Test func `S8 S6 a counter that stood still from the first answer on: the pack comes for the first time`() {
        acquit { story in
            story.packs[0].hasFrozenCounter = true
            story.gateway.omits = { _ in true }
            story.gateway.spoilLimits = { $0.charge = 0 }
            story.run(40)
            story.packs[0].hasFrozenCounter = false
            story.gateway.snapshotsToReturn = 2
            story.gateway.spoilLimits = { _ in }
            story.run(0.3)
            story.gateway.omits = { _ in false }
            story.run(30)
        }
    }

    @Test func `S9 a pack whose counter never ran holds nobody back`() {
        let story = Story(packs: 2)
        story.packs[1].hasFrozenCounter = true
        story.gateway.spoilLimits = { $0.charge = min($0.charge, 20) }
        story.run(3)
        story.packs[1].isMute = true
        story.gateway.pretendedAge = 0.5
        story.gateway.spoilLimits = { limits in
            limits.charge = min(limits.charge, 100)
            limits.discharge = min(limits.discharge, 150)
        }
        story.run(4)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S9 S22 a pack whose snapshots were refused for a minute holds nobody back when it falls silent`() {
        let story = Story(packs: 2)
        story.run(30)
        story.gateway.spoilLimits = { limits in
            limits.charge = min(limits.charge, 20)
            limits.discharge = min(limits.discharge, 150)
        }
        story.packs[1].spoil = { $0[37] = 0x4220 }
        story.run(80)
        story.packs[1].isMute = true
        story.run(3)
        story.gateway.pretendedAge = 0.5
        story.gateway.spoilLimits = { limits in
            limits.charge = min(limits.charge, 40)
            limits.discharge = min(limits.discharge, 150)
        }
        story.run(4)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S27 S22 a deep cell among snapshots that do not add up is no certain one`() {
        acquit { story in
            story.run(30)
            story.gateway.spoilLimits = { $0.charge = 0 }
            for _ in 0..<6 {
                // The cell alone drags the sum down; a missing one beside it leaves nothing to compare.
                story.packs[0].cells[3] = 1.6
                story.packs[0].spoil = { $0[37] = 0x4253 }
                story.run(1)
                story.packs[0].spoil = { $0[5] = 100 }
                story.run(0.5)
            }
            story.packs[0].spoil = { _ in }
            story.packs[0].cells[3] = 3.3
            story.run(20)
            story.gateway.spoilLimits = { _ in }
            story.run(10)
        }
    }

    @Test func `S5 S7 a battery that may have been emptied while nobody saw it`() {
        acquit { story in
            story.packs[0].current = 0
            story.run(30)
            story.packs[0].isMute = true
            story.run(4)
            story.packs[0].isMute = false
            story.gateway.spoilLimits = { $0.discharge = 0 }
            story.run(40)
            story.kill()
            story.run(0.5)
            story.begin()
            story.run(300)
        }
    }

    @Test func `S21 S40 a voltage that is unknown is in no frame`() {
        acquit { story in
            story.run(30)
            // 85 V are more than 16 cells can have.
            story.packs[0].spoil = { $0[37] = 0x42AA }
            story.gateway.omits = { $0 == 0x356 }
            story.run(20)
        }
    }

    @Test func `S8 on a noisy line a reader may see a count of the counter later than it was told`() {
        acquit { story in
            story.run(30)
            story.see(.bytesFromBMS(pack: 1, [0x55]))
            story.run(1.2)
            story.packs[0].hasFrozenCounter = true
            story.gateway.ignoresCounter = true
            for _ in 0..<8 {
                story.see(.bytesFromBMS(pack: 1, [0x55]))
                story.run(1)
            }
            story.packs[0].hasFrozenCounter = false
            story.run(30)
        }
    }

    @Test func `S44 a frame long after a quarantine that a failing bus cut short`() {
        acquit { story in
            story.run(30)
            story.hasSecondSender = true
            story.run(3)
            story.gateway.spoilLimits = { $0.charge = 0 }
            story.run(3)
            story.hasSecondSender = false
            story.setBus(false)
            story.run(5)
            story.setBus(true)
            story.run(60)
            story.gateway.spoilLimits = { _ in }
            story.run(30)
            story.see(.frameHeard(StoryLimits(voltage: 56, charge: 20, discharge: 20).frame))
            story.run(30)
        }
    }

    @Test func `S7 an empty battery whose BMS waits for a charger may not be discharged`() {
        acquit { story in
            story.packs[0].current = 0
            story.run(30)
            story.packs[0].cells[2] = 2.9
            story.gateway.spoilLimits = { $0.discharge = 0 }
            story.run(5)
            story.packs[0].cells[2] = 3.3
            story.run(300)
        }
    }

    @Test func `S7 S24 a sensor that was there and is gone`() {
        acquit { story in
            story.packs[0].externals[0] = 25
            story.run(30)
            story.packs[0].externals[0] = nil
            story.gateway.spoilLimits = { $0.charge = 0 }
            story.run(300)
        }
    }

    @Test func `S27 the board is outside the window only while it stands for a sensor that is gone`() {
        acquit { story in
            story.packs[0].externals[0] = 1
            story.packs[0].board = 2
            story.run(30)
            story.packs[0].externals[0] = nil
            story.run(10)
            story.packs[0].externals[0] = 1
            story.run(60)
        }
    }

    @Test func `safety_md 1: CVL of cells as they were when their counter stopped`() {
        acquit({ $0.packs[0].restVoltage = nil }) { story in
            story.packs[0].cells = [Double](repeating: 3.64, count: 16)
            story.gateway.spoilLimits = { $0.charge = 0 }
            story.run(30)
            story.packs[0].hasFrozenCounter = true
            story.run(3)
            story.gateway.spoilLimits = { ($0.charge, $0.voltage) = (0, 16 * 3.62) }
            for volts in [3.63, 3.62] {
                story.packs[0].cells = [Double](repeating: volts, count: 16)
                story.run(1)
            }
            story.packs[0].cells = [Double](repeating: 3.6, count: 16)
            story.run(8)
        }
    }

    @Test func `S9 a pack that came back with a few doubtful answers and went again holds nobody back`() {
        let story = Story(packs: 2)
        story.run(30)
        story.packs[1].isMute = true
        story.gateway.spoilLimits = { $0.charge = min($0.charge, 20) }
        story.run(70)
        story.packs[1].isMute = false
        story.packs[1].damage = { $0[9] ^= 1 }
        story.run(0.5)
        story.packs[1].damage = { _ in }
        story.run(3)
        story.packs[1].isMute = true
        story.gateway.pretendedAge = 0.5
        story.run(3)
        story.gateway.spoilLimits = { limits in
            limits.charge = min(limits.charge, 40)
            limits.discharge = min(limits.discharge, 150)
        }
        story.run(2)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S27 a cell that stood still and contradicted the sum latches nothing once another cell is missing`() {
        let story = Story()
        story.run(30)
        story.gateway.spoilLimits = { ($0.charge, $0.discharge) = (0, 0) }
        story.packs[0].spoil = { $0[0] = 17790 }
        story.run(50)
        story.packs[0].spoil = { ($0[0], $0[4], $0[40]) = (17790, 0, 0) }
        story.run(4)
        story.packs[0].spoil = { $0[4] = 0 }
        story.run(60)
        story.packs[0].spoil = { _ in }
        story.run(15)
        story.gateway.spoilLimits = { ($0.charge, $0.discharge) = (min($0.charge, 10), min($0.discharge, 10)) }
        story.run(10)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S9 a pack holds nobody back 60 s after its last answer that was certainly believed`() {
        let story = Story(packs: 2)
        story.run(30)
        story.gateway.spoilLimits = { ($0.charge, $0.discharge) = (min($0.charge, 20), min($0.discharge, 140)) }
        // A byte more behind each answer: whole, and yet damaged.
        story.packs[1].damage = { $0.append(0) }
        story.run(40)
        story.packs[1].isMute = true
        story.gateway.pretendedAge = 0.5
        story.run(25)
        story.gateway.spoilLimits = { limits in
            limits.charge = min(limits.charge, 40)
            limits.discharge = min(limits.discharge, 150)
        }
        story.run(2)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
    }

    @Test func `S9 a limit rises again when a pack has been away for 60 s`() {
        let story = Story(packs: 2)
        story.run(30)
        story.packs[1].isMute = true
        story.packs[0].cells[3] = 3.7
        story.run(20)
        story.packs[0].cells[3] = 3.3
        story.run(80)
        #expect(story.checker.violations.isEmpty, "\(story.checker.violations)")
        #expect(story.gateway.last?.charge == 100)
    }
}
