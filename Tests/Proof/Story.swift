@testable import Proof

/// A small world told second by second: packs that answer, a plain gateway that keeps the rules unless a test spoils it,
/// and the checker that looks on.
final class Story {
    /// µs.
    private(set) var now: Int64 = 0
    private(set) var checker = SafetyChecker()
    private(set) var happenings = 0
    var site: Site
    var packs: [StoryPack]
    var gateway: PlainGateway
    /// Whether the bus carries frames; while not, frames wait in the controller.
    private(set) var isBusUsable = true
    private var waiting: [CANFrameSeen] = []
    private var isAlive = false
    /// Who else sends a 0x351 each second.
    var hasSecondSender = false
    /// Whether a GX says 0x305 each second.
    var hasGX = true

    /// A world with a process that has just begun.
    init(packs count: Int = 1, _ change: (inout Site) -> Void = { _ in }) {
        var site = Site(isCommissioned: true, packs: (1...count).map { Self.sitePack($0) })
        change(&site)
        self.site = site
        packs = (1...count).map { StoryPack(number: $0) }
        gateway = PlainGateway(site: site)
        see(.confirmed(site))
        begin()
    }

    static func sitePack(_ number: Int) -> SitePack {
        SitePack(
            pack: number, cells: 16, maximumCharge: 100, maximumDischarge: 150, maximumCell: 3.65, minimumCell: 2.8,
            deepDischarge: 2, restVoltage: 3.35, chargeWindow: 0...45, dischargeWindow: -20...60, pollInterval: 0.5)
    }

    var condemned: Set<Rule> { Set(checker.verdict.counts.keys) }

    func see(_ happening: Happening) {
        happenings += 1
        checker.saw(happening, at: now)
    }

    // MARK: - What happens to the gateway

    func begin() {
        isAlive = true
        gateway = gateway.restarted(site: site)
        see(.processBegan)
    }

    func kill() {
        isAlive = false
        see(.processEnded)
    }

    func confirm(_ change: (inout Site) -> Void) {
        change(&site)
        gateway.site = site
        see(.confirmed(site))
    }

    func setBus(_ isUsable: Bool) {
        isBusUsable = isUsable
        see(.bus(isUsable: isUsable))
        guard isUsable else { return }
        for frame in waiting { see(.frameSent(frame)) }
        let wasLate = waiting.contains { $0.id == 0x351 }
        waiting.removeAll()
        if wasLate, gateway.followsUp, let last = gateway.last { take(last) }
    }

    /// Hands a frame to the controller.
    func take(_ frame: CANFrameSeen) {
        see(.frameTaken(frame))
        if isBusUsable { see(.frameSent(frame)) } else { waiting.append(frame) }
    }

    /// Hands a 0x351 over at once.
    func take(_ limits: StoryLimits) { take(limits.frame) }

    /// Lets time pass, in steps of 10 ms.
    func run(_ seconds: Double) {
        let end = now + Int64(seconds * 1e6)
        while now < end {
            now += 10_000
            for index in packs.indices { poll(index) }
            if hasGX, now % 1_000_000 == 700_000 {
                see(.frameHeard(CANFrameSeen(id: 0x305, data: [0, 0, 0, 0, 0, 0, 0, 0])))
            }
            if hasSecondSender, now % 1_000_000 == 500_000 {
                see(.frameHeard(StoryLimits(voltage: 56, charge: 20, discharge: 20).frame))
            }
            guard isAlive else { continue }
            for frame in gateway.frames(at: now, isBusUsable: isBusUsable) { take(frame) }
            publish()
        }
        checker.end(at: now)
    }

    // MARK: - Private

    private func poll(_ index: Int) {
        let phase = now % 500_000 - Int64(packs[index].number) * 20_000
        if phase == 0 { packs[index].live(at: now) }
        guard isAlive else { return }
        let number = packs[index].number
        if phase == 0 { see(.bytesToBMS(pack: number, StoryPack.request)) }
        guard phase == 10_000, packs[index].answers(at: now) else { return }
        let answer = packs[index].answer
        if site.packs[index].readingTime != nil { see(.said(pack: number, packs[index].saying)) }
        for bytes in answer {
            see(.bytesFromBMS(pack: number, bytes))
        }
        if Checksum.isRight(answer.flatMap { $0 }[...]) { gateway.believe(packs[index], at: now) }
    }

    private func publish() {
        guard now % 1_000_000 == 900_000 else { return }
        for pack in packs {
            let (stage, age) = gateway.published(pack.number, at: now)
            see(.published(pack: pack.number, stage: stage, age: age, hasValues: age != nil))
        }
    }
}

/// What a 0x351 of a story says.
struct StoryLimits {
    var voltage: Double
    var charge: Double
    var discharge: Double

    var frame: CANFrameSeen {
        func word(_ value: Double) -> [UInt8] {
            let raw = UInt16(bitPattern: Int16((value * 10).rounded(.down)))
            return [UInt8(raw & 0xFF), UInt8(raw >> 8)]
        }
        return CANFrameSeen(id: 0x351, data: word(voltage) + word(charge) + word(discharge) + word(46.4))
    }
}
