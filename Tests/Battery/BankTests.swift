import Battery
import Testing

@Suite("Several packs as one battery")
struct BankTests {
    /// Polls for a while, each pack with its own current, A.
    @discardableResult
    private func run(_ bank: inout Bank, _ currents: [Double?], for time: Duration, except lost: Int? = nil) -> Decision
    {
        for (index, current) in currents.enumerated() { bank.rigs[index].reading.current = current }
        return bank.poll(except: lost, for: time)
    }

    // MARK: - Shares

    @Test func `a tenth is kept back until the shares were measured for a minute at a twentieth of the capacity`() {
        var bank = Bank(packs: 2)
        bank.settle()
        #expect(
            run(&bank, [13.9, 13.9], for: .seconds(300)).chargeCurrent.value == 180, "27.8 A of 560 Ah tell nothing")
        #expect(run(&bank, [20, 20], for: .seconds(55)).chargeCurrent.value == 180)
        #expect(run(&bank, [20, 20], for: .seconds(60)).chargeCurrent.value == 200)
        #expect(bank.poll().dischargeCurrent.value == 270, "what charging shows says nothing of discharging")
        #expect(run(&bank, [-30, -30], for: .seconds(120)).dischargeCurrent.value == 300)
    }

    @Test func `S9: no pack gets more than its own limit by the share that it was seen to carry`() {
        for first in stride(from: 0.05, through: 0.95, by: 0.15) {
            var bank = Bank(packs: 2)
            bank.settle()
            let total = 60.0
            for time in stride(from: 0, to: 200, by: 10) {
                let decision = run(&bank, [total * first, total * (1 - first)], for: .seconds(10))
                let most = decision.chargeCurrent.value * max(first, 1 - first)
                #expect(time < 40 || most <= 100.01, "share \(first) after \(time) s")
                #expect(decision.chargeCurrent.value <= 200.001)
            }
        }
    }

    @Test func `a pack that carries more than its part is named`() throws {
        var bank = Bank(packs: 2)
        bank.settle()
        let decision = run(&bank, [45, 15], for: .seconds(100))
        #expect(abs(decision.chargeCurrent.value - 100 / 0.75) < 0.5)
        let reason = try #require(decision.chargeCurrent.contributions.first)
        #expect(reason.rule == .sharing)
        #expect(reason.evidence == "pack 1 carries 75 % of the current")
    }

    @Test func `5, S9: a pack that carries nothing still forbids when it is in alarm, and gives no endless limit`() {
        var bank = Bank(packs: 2)
        bank.settle()
        let known = run(&bank, [60, 0], for: .seconds(200))
        #expect(known.chargeCurrent.value <= 100.001)
        #expect(known.chargeCurrent.contributions.allSatisfy { $0.value <= 1000 })
        bank.rigs[1].reading.cells[2] = 3.66
        #expect(bank.poll().chargeCurrent.value == 0)
    }

    @Test func `what a pack carries less than its part opens the limit only when it is known, and slowly`() {
        var bank = Bank(packs: 2)
        bank.settle()
        run(&bank, [45, 15], for: .seconds(100))
        let soon = run(&bank, [30, 30], for: .seconds(20)).chargeCurrent.value
        #expect(soon < 160, "seen once, believed for minutes")
        #expect(run(&bank, [30, 30], for: .seconds(900)).chargeCurrent.value > 195)
    }

    @Test func `S24: a current that is no longer known, or a share that grows old, never raises the limit`() {
        var bank = Bank(packs: 2)
        bank.settle()
        let known = run(&bank, [36, 24], for: .seconds(200)).chargeCurrent.value
        #expect(abs(known - 100 / 0.6) < 0.5)
        for missing: [Double?] in [[nil, 24], [36, nil], [nil, nil]] {
            var broken = bank
            #expect(run(&broken, missing, for: .seconds(30)).chargeCurrent.value <= known + 1e-9)
        }
        var old = bank
        #expect(run(&old, [1, 1], for: .seconds(3700)).chargeCurrent.value <= known + 0.1)
    }

    @Test func `a pack that leaves makes the shares unknown, and keeps what was seen too high`() {
        var bank = Bank(packs: 3)
        bank.settle()
        #expect(run(&bank, [60, 20, 20], for: .seconds(200)).chargeCurrent.value <= 100 / 0.6 + 0.5)
        let lost = run(&bank, [60, 20, nil], for: .seconds(10), except: 2)
        // 1.8 times its part of the capacity, which is now the half.
        #expect(abs(lost.chargeCurrent.value - 100 / 0.9) < 1)
        #expect(lost.packStages.map(\.standing) == [.joined, .joined, .absent])
    }

    // MARK: - Who is part of it

    @Test func `S9: a lost pack is named once, and rejoins once its voltage matches`() {
        var bank = Bank(packs: 3)
        bank.settle()
        var events: [ControlEvent] = []
        let end = bank.now + .seconds(8)
        while bank.now < end { events += bank.poll(except: 1).events }
        let told = events.filter(isPack)
        #expect(told.count == 1)
        #expect(told.first.map { if case .pack(2, .joined, .absent, nil, _) = $0 { true } else { false } } ?? false)
        bank.rigs[1].cells(3.24)
        bank.poll(except: nil, for: .seconds(20))
        let apart = bank.poll()
        #expect(apart.packStages[1].standing == .apart)
        #expect(apart.battery.modulesOnline == 2 && apart.battery.modulesOffline == 1)
        #expect(apart.alarms[.bmsInternal] == .warning)
        #expect(bank.poll(except: nil, for: .seconds(120)).chargeCurrent.value == 180, "it adds nothing")
        bank.rigs[1].cells(3.26)
        #expect(bank.poll().packStages[1].standing == .joined)
        #expect(bank.poll(except: nil, for: .seconds(60)).chargeCurrent.value == 270)
    }

    @Test func `S24: a pack whose voltage is not known does not rejoin`() {
        var bank = Bank(packs: 2)
        bank.settle()
        bank.poll(except: 1, for: .seconds(8))
        bank.rigs[1].reading.voltage = .nan
        bank.poll(except: nil, for: .seconds(90))
        #expect(bank.poll().packStages[1].standing == .apart)
        #expect(bank.poll().chargeCurrent.value == 100)
    }

    @Test func `S9: the protections of a pack that stays apart act on the whole, what it merely prefers does not`() {
        var bank = Bank(packs: 2)
        bank.settle()
        bank.poll(except: 1, for: .seconds(8))
        bank.rigs[1].reading.current = 0
        bank.rigs[1].cells(3.46)
        let apart = bank.poll(except: nil, for: .seconds(120))
        #expect(apart.packStages[1].standing == .apart)
        #expect(apart.chargeCurrent.value == 100)
        #expect(apart.mode == .bulk, "a full pack that carries nothing ends no charge")
        bank.rigs[1].reading.cells[3] = 3.66
        #expect(bank.poll().chargeCurrent.value == 0)
        bank.rigs[1].cells(3.46)
        #expect(bank.poll(except: nil, for: .seconds(60)).chargeCurrent.value == 100)
        var alarms = AlarmSet()
        alarms.raise(.highTemperature, .alarm)
        alarms.forbidsCharge = true
        bank.rigs[1].reading.alarms = Aged(alarms, taken: bank.now)
        let alarm = bank.poll()
        #expect(alarm.chargeCurrent.value == 0)
        #expect(alarm.alarms[.highTemperature] == .alarm)
    }

    @Test func `a pack that stays apart and carries current all the same counts against the limit`() {
        var bank = Bank(packs: 2)
        bank.settle()
        bank.poll(except: 1, for: .seconds(8))
        bank.rigs[1].cells(3.44)
        bank.rigs[1].reading.current = 20
        let apart = bank.poll(except: nil, for: .seconds(30))
        #expect(apart.packStages[1].standing == .apart)
        #expect(apart.chargeCurrent.value < 20, "its own cells allow less than 10 A, and it takes about half")
    }

    @Test func `the bank is what most packs agree on, whoever answers first`() {
        var bank = Bank(packs: 3)
        bank.rigs[0].cells(3.38)
        bank.poll(except: nil, for: .seconds(3))
        #expect(bank.poll().packStages.map(\.standing) == [.apart, .joined, .joined])
    }

    // MARK: - Quorum

    @Test func `S5: nothing is sent before all packs are live; then discharging is not ramped from 0`() {
        var bank = Bank(packs: 2)
        let waiting = bank.poll(except: 1, for: .seconds(10))
        #expect(!waiting.transmits)
        #expect(waiting.chargeCurrent.value == 0 && waiting.dischargeCurrent.value == 0)
        #expect(waiting.dischargeCurrent.contributions.first?.evidence == "1 of 2 packs live")
        var first = bank.poll()
        while !first.transmits, bank.now < Rig.origin + .seconds(12) { first = bank.poll() }
        #expect(first.transmits)
        #expect(first.dischargeCurrent.value == 270)
        #expect(first.chargeCurrent.value <= 20)
    }

    @Test func `S9: after the wait a bank begins with those that are there, never above their own sum`() {
        var bank = Bank(packs: 3)
        var events: [ControlEvent] = []
        var last = bank.poll(except: 2)
        let end = bank.now + .seconds(32)
        while bank.now < end {
            last = bank.poll(except: 2)
            events += last.events
            if bank.now < end - .seconds(3) { #expect(!last.transmits) }
            #expect(last.chargeCurrent.value <= 200 && last.dischargeCurrent.value <= 300)
        }
        #expect(last.transmits)
        #expect(events.contains(.quorum(live: 2, configured: 3)))
        #expect(bank.poll(except: 2, for: .seconds(60)).chargeCurrent.value == 180)
    }

    @Test func `a number of packs that the user asks for is waited for without end, and is enough`() {
        var strict = Bank(packs: 3) { $0.quorum = 3 }
        #expect(!strict.poll(except: 2, for: .seconds(600)).transmits)
        var loose = Bank(packs: 3) { $0.quorum = 2 }
        #expect(loose.poll(except: 2, for: .seconds(3)).transmits)
    }

    @Test func `S6: a controller that takes over does not wait for a quorum again, nor does it rise`() {
        var bank = Bank(packs: 2)
        bank.settle()
        let before = bank.poll(except: 1, for: .seconds(10))
        let configuration = ControlConfiguration(packs: bank.rigs.map { $0.configuration.packs[0] })
        bank.control = ChargeControl(configuration, after: bank.control)
        let after = bank.poll(except: 1, for: .seconds(3))
        #expect(after.transmits)
        #expect(after.chargeCurrent.value <= before.chargeCurrent.value)
    }

    private func isPack(_ event: ControlEvent) -> Bool { if case .pack = event { true } else { false } }
}

/// The invariants of charge-control.md d.4 on random days of several unlike packs.
@Suite("Invariants of a bank")
struct BankInvariantTests {
    static let seeds: [UInt64] = Array(1...8)

    private func wander(_ bank: inout Bank, _ random: inout Seeded) {
        for index in bank.rigs.indices {
            InvariantTests.wander(&bank.rigs[index].reading, &random)
            // Mostly a bank whose cells agree, else nothing would ever be joined.
            if Int.random(in: 0..<5, using: &random) > 0 { bank.rigs[index].cells(3.3) }
            if Int.random(in: 0..<5, using: &random) > 0 {
                bank.rigs[index].reading.current = Double(10 * (index + 1)) + Double.random(in: -2...2, using: &random)
            }
        }
    }

    @Test(
        "2, 6, S9: never above the sum of the packs that are part of it, always the least of the list", arguments: seeds
    )
    func sums(seed: UInt64) {
        var random = Seeded(seed)
        var bank = Bank(packs: 3)
        bank.settle()
        for _ in 0..<400 {
            wander(&bank, &random)
            let lost = Int.random(in: 0..<6, using: &random)
            let time = Duration.milliseconds(Int.random(in: 400...9000, using: &random))
            let decision = bank.poll(except: lost < 3 ? lost : nil, for: time)
            guard decision.transmits, decision.stage == .live else { continue }
            let joined = Double(decision.packStages.count { $0.standing == .joined })
            #expect(decision.chargeCurrent.value <= 100 * joined + 1e-9)
            #expect(decision.dischargeCurrent.value <= 150 * joined + 1e-9)
            for limit in [decision.chargeVoltage, decision.chargeCurrent, decision.dischargeCurrent] {
                #expect(limit.value == limit.contributions.map(\.value).min())
                #expect(limit.value == limit.contributions.first?.value)
            }
        }
    }

    @Test("1, S24: removing any input of any pack never raises a limit", arguments: seeds)
    func missing(seed: UInt64) {
        var random = Seeded(seed)
        var bank = Bank(packs: 3)
        bank.settle()
        for _ in 0..<250 {
            wander(&bank, &random)
            let before = bank.control.step(bank.input, now: bank.now)
            var (whole, broken) = (bank, bank)
            let full = whole.poll()
            let victim = Int.random(in: 0..<3, using: &random)
            InvariantTests.damage(&broken.rigs[victim].reading, &random)
            if Bool.random(using: &random) { broken.rigs[victim].reading.voltage = .nan }
            let less = broken.poll()
            bank = whole
            guard whole.rigs.allSatisfy({ $0.intake.report.validRun != nil }) else { continue }
            #expect(less.chargeCurrent.value <= max(full.chargeCurrent.value, before.chargeCurrent.value) + 1e-9)
            #expect(less.chargeVoltage.value <= max(full.chargeVoltage.value, before.chargeVoltage.value) + 1e-9)
            #expect(
                less.dischargeCurrent.value <= max(full.dischargeCurrent.value, before.dischargeCurrent.value) + 1e-9)
        }
    }
}
