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
