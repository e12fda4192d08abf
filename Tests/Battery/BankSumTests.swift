import Battery
import Testing

@Suite("What of several packs is summed, and what is the worst")
struct BankSumTests {
    @Test func `S24: a sum of currents with an unknown part is unknown, and the others are not the whole`() {
        var bank = Bank(packs: 2)
        #expect(bank.settle().battery.current == 20)
        bank.rigs[1].reading.current = nil
        #expect(bank.poll().battery.current == nil)
    }

    @Test func `S9: the state of charge is that of the charge that is there, not the mean of the packs`() throws {
        var bank = Bank(packs: 2, each: { $0.capacity = $0.pack == 1 ? 100 : 300 })
        bank.rigs[0].reading.stateOfCharge = 50
        bank.rigs[1].reading.stateOfCharge = 90
        let battery = bank.settle().battery
        #expect(abs(try #require(battery.stateOfCharge) - 80) < 1e-9)
        #expect(abs(try #require(battery.remainingCapacity) - 320) < 1e-9)
    }

    @Test func `S9: the bank is charged to the lowest voltage that any of its packs takes`() {
        for strict in 1...2 {
            var bank = Bank(packs: 2, each: { if $0.pack == strict { $0.absorptionCell = 3.40 } })
            let voltage = bank.settle().chargeVoltage.value
            #expect(abs(voltage - 16 * 3.40) < 1e-9, "pack \(strict) is the strict one")
        }
    }

    @Test func `S24: shares that nobody measured for an hour are unknown again, and the tenth is kept back again`() {
        var bank = Bank(packs: 2)
        bank.settle()
        for index in bank.rigs.indices { bank.rigs[index].reading.current = 30 }
        #expect(bank.poll(except: nil, for: .seconds(200)).chargeCurrent.value == 200)
        for index in bank.rigs.indices { bank.rigs[index].reading.current = 1 }
        #expect(bank.poll(except: nil, for: .seconds(3500)).chargeCurrent.value == 200)
        #expect(bank.poll(except: nil, for: .seconds(200)).chargeCurrent.value == 180)
    }
}
