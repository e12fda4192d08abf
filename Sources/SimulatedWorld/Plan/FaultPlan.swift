import Configuration
package import Simulator

/// Everything that goes wrong in a world and when: a pure value, the same for the same seed.
package struct FaultPlan: Sendable, Hashable, CustomStringConvertible {
    /// In the order of their times.
    package private(set) var faults: [PlannedFault]

    /// A plan of known faults.
    package init(_ faults: [PlannedFault] = []) {
        self.faults = faults.sorted { $0.at < $1.at }
    }

    /// One fault a line.
    package var description: String { faults.map(\.description).joined(separator: "\n") }

    /// The same without steps of the wall clock: it must make no difference to any frame (S57).
    package var withoutWallClock: FaultPlan {
        FaultPlan(
            faults.filter {
                if case .wallClock = $0.fault { false } else { true }
            })
    }

    /// Whether the wall clock is set.
    package var setsWallClock: Bool { self != withoutWallClock }

    /// What acts, or has acted not long ago, at a moment.
    package func around(_ seconds: Double) -> [PlannedFault] {
        faults.filter { $0.at <= seconds && seconds <= $0.at + $0.duration + 120 }
    }

    /// Draws a plan.
    ///
    /// - Parameters:
    ///   - random: of the seed.
    ///   - seconds: length of the world.
    ///   - installation: as it is commissioned; settings change it.
    /// - Returns: the plan.
    package static func drawn(
        _ random: inout SeededRandom, seconds: Double, installation: Installation
    ) -> FaultPlan {
        var drawing = FaultDrawing(random: random.fork(), installation: installation)
        return FaultPlan(drawing.draw(seconds: seconds))
    }
}

/// The dice of a plan.
private struct FaultDrawing {
    var random: SeededRandom
    var installation: Installation

    /// The hour is divided into stretches of this length; a quarter of them stays calm.
    private static let stretch = 240.0
    /// Nothing happens before, s.
    private static let quiet = 90.0

    mutating func draw(seconds: Double) -> [PlannedFault] {
        var faults: [PlannedFault] = []
        var begin = Self.quiet
        while begin + Self.stretch <= seconds {
            if !random.happens(0.25) {
                let count = 1 + random.index(below: 4)
                for _ in 0..<count {
                    let at = rounded(begin + random.unit() * Self.stretch * 0.6)
                    let room = begin + Self.stretch - at
                    faults += fault(at: at, room: room)
                }
            }
            begin += Self.stretch
        }
        return withSettings(faults.sorted { $0.at < $1.at }, seconds: seconds)
    }

    // MARK: - Private

    private mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + random.unit() * (range.upperBound - range.lowerBound)
    }

    /// To the millisecond, so that a plan reads well.
    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    private mutating func duration(room: Double) -> Double {
        let drawn =
            switch random.index(below: 20) {
            case 0..<5: number(0.2...3)
            case 5..<13: number(3...20)
            case 13..<17: number(20...70)
            default: number(70...200)
            }
        return rounded(min(drawn, room))
    }

    private mutating func fault(at: Double, room: Double) -> [PlannedFault] {
        let length = duration(room: room)
        switch random.index(below: 100) {
        case 0..<30: return [PlannedFault(at: at, for: length, .pack(pack(), onWire()))]
        case 30..<40:
            let number = pack()
            return [PlannedFault(at: at, for: length, .pack(number, inBMS(number)))]
        case 40..<62:
            let number = pack()
            return [PlannedFault(at: at, for: length, .pack(number, measured(number)))]
        case 62..<75: return [PlannedFault(at: at, for: length, onBus())]
        case 75..<79: return [PlannedFault(at: at, for: length, .gxGone)]
        case 79..<84: return disk(at: at, length)
        case 84..<88: return [PlannedFault(at: at, .kill)]
        case 88..<92:
            let child = random.happens(0.5) ? "inverter" : "bms.\(pack())"
            return [PlannedFault(at: at, random.happens(0.6) ? .crash(child: child) : .hang(child: child))]
        default:
            let years = Int64(1 + random.index(below: 10)) * 31_557_600
            let step = random.happens(0.3) ? Int64(random.index(below: 7200)) - 3600 : years
            return [PlannedFault(at: at, .wallClock(random.happens(0.5) ? step : -step))]
        }
    }

    private mutating func pack() -> Int { 1 + random.index(below: installation.packs.count) }

    private mutating func probability() -> Double { rounded(random.happens(0.3) ? 1 : number(0.02...0.8)) }

    private mutating func onWire() -> Misbehaviour {
        let kinds: [Misbehaviour.Kind] = [
            .silence, .silence, .noise, .damagedAnswers, .damagedRequests, .wrongChecksum, .truncatedAnswers,
            .gluedAnswers, .lateAnswers, .duplicatedAnswers, .textNoise, .unplugged, .unplugged,
        ]
        let kind = kinds[random.index(below: kinds.count)]
        var misbehaviour = Misbehaviour(kind, probability: kind.hasProbability ? probability() : 1)
        if kind == .noise { misbehaviour.value = rounded(number(1...400)) }
        if kind == .lateAnswers { misbehaviour.value = rounded(number(0.02...3)) }
        return misbehaviour
    }

    private mutating func inBMS(_ number: Int) -> Misbehaviour {
        let hasCounter = Make.of(installation.packs[number - 1].family).hasCounter
        return switch random.index(below: 5) {
        case 0: Misbehaviour(.frozenReadings)
        // Without a counter nothing stands still.
        case 1: Misbehaviour(hasCounter ? .frozenCounter : .frozenReadings)
        case 2: Misbehaviour(.asleep)
        default: Misbehaviour(.absurdValues, probability: rounded(self.number(0.01...0.5)))
        }
    }

    private mutating func measured(_ number: Int) -> Misbehaviour {
        let cells = installation.packs[number - 1].parameters.cells
        let sheet = DataSheet.of(installation.packs[number - 1].parameters.chemistry)
        let cell = 1 + random.index(below: cells)
        let sensor = random.index(below: 3)
        switch random.index(below: 16) {
        case 0: return Misbehaviour(.cellVoltage, cell: cell, value: rounded(self.number(sheet.maximumCell...5)))
        case 1: return Misbehaviour(.cellVoltage, cell: cell, value: rounded(self.number(0.4...sheet.minimumCell)))
        case 2:
            let probability = rounded(self.number(0.02...0.5))
            return Misbehaviour(.cellSpikes, cell: cell, value: rounded(self.number(0.5...5)), probability: probability)
        case 3: return Misbehaviour(.cellStuck, cell: cell)
        case 4: return Misbehaviour(.cellMissing, cell: cell)
        case 5: return Misbehaviour(.cellOffset, cell: cell, value: rounded(self.number(-0.4...0.4)))
        case 6: return Misbehaviour(.cellRamp, cell: cell, value: rounded(self.number(-0.05...0.05)))
        case 7: return Misbehaviour(.temperature, sensor: sensor, value: rounded(self.number(46...120)))
        case 8: return Misbehaviour(.temperature, sensor: sensor, value: rounded(self.number(-40...0)))
        case 9: return Misbehaviour(.temperatureLost, sensor: max(1, sensor))
        case 10: return Misbehaviour(.temperatureRamp, sensor: sensor, value: rounded(self.number(-3...3)))
        case 11: return Misbehaviour(.currentOffset, value: rounded(self.number(-300...300)))
        case 12: return Misbehaviour(.currentGain, value: rounded(self.number(-2...3)))
        case 13: return Misbehaviour(.packVoltageOffset, value: rounded(self.number(-10...10)))
        case 14: return Misbehaviour(.packTemperature, value: rounded(self.number(-20...75)))
        default: return Misbehaviour(.chargeCounter, value: rounded(self.number(0...100)))
        }
    }

    private mutating func onBus() -> WorldFault {
        switch random.index(below: 10) {
        case 0...6:
            let troubles = WorldFault.BusTrouble.allCases
            return .bus(troubles[random.index(below: troubles.count)])
        case 7: return .lateFrames(rounded(number(0.005...4)))
        default:
            return .foreignLimits(current: rounded(number(0...200)), every: rounded(number(0.2...5)))
        }
    }

    /// A disk in trouble is worth nothing unless somebody uses it.
    private mutating func disk(at: Double, _ length: Double) -> [PlannedFault] {
        let fault: WorldFault =
            switch random.index(below: 3) {
            case 0: .slowDisk(rounded(number(0.05...20)))
            case 1: .fullDisk
            default: .failingDisk
            }
        var faults = [PlannedFault(at: at, for: length, fault)]
        faults.append(PlannedFault(at: rounded(at + number(0...length)), .settings(installation)))
        if random.happens(0.3) { faults.append(PlannedFault(at: rounded(at + number(0...length)), .kill)) }
        return faults
    }

    // MARK: - Settings

    /// Adds changes of the settings, and gives each the installation that then holds.
    private mutating func withSettings(_ faults: [PlannedFault], seconds: Double) -> [PlannedFault] {
        var all = faults
        for _ in 0..<Int((seconds / 1200).rounded(.up)) where random.happens(0.8) {
            all.append(
                PlannedFault(at: rounded(number(Self.quiet...max(Self.quiet, seconds))), .settings(installation)))
        }
        if random.happens(0.3) {
            all.append(
                PlannedFault(
                    at: rounded(number(Self.quiet...max(Self.quiet, seconds))),
                    .invalidSettings("pack.1.max_charge_a", .float(-5))))
        }
        all.sort { $0.at < $1.at }
        var again: [PlannedFault] = []
        for index in all.indices {
            guard case .settings = all[index].fault else { continue }
            if !installation.isCommissioned { installation.isCommissioned = true }
            change()
            all[index].fault = .settings(installation)
            if !installation.isCommissioned {
                installation.isCommissioned = true
                again.append(PlannedFault(at: rounded(all[index].at + number(20...200)), .settings(installation)))
                // What comes between would commission it earlier; that is as good.
            }
        }
        return (all + again).sorted { $0.at < $1.at }
    }

    private mutating func change() {
        let index = random.index(below: installation.packs.count)
        switch random.index(below: 12) {
        case 0...3: installation.packs[index].maximumCharge = rounded(number(5...300))
        case 4...5: installation.packs[index].maximumDischarge = rounded(number(5...300))
        case 6:
            let sheet = DataSheet.of(installation.packs[index].parameters.chemistry)
            installation.packs[index].maximumCell = rounded(sheet.maximumCell - number(0...0.12))
        case 7: installation.packs[index].chargeMaximum = rounded(number(28...45))
        case 8: installation.packs[index].pollInterval = 100 + 100 * random.index(below: 10)
        case 9: installation.period = 500 + 100 * random.index(below: 6)
        case 10: installation.isCommissioned = false
        default: installation.keepaliveStop = random.happens(0.5) ? rounded(number(5...60)) : nil
        }
    }
}
