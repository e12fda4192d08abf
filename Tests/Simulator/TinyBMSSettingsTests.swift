import BMSProtocols
import Testing

@testable import Simulator

@Suite struct TinyBMSSettingsTests {
    private func written(_ values: (UInt16, UInt16)...) -> TinyBMSSettings? {
        var settings = TinyBMSSettings.factory
        let effect = settings.write(values.map { TinyBMSRegisterValue($0.0, $0.1) })
        return effect == nil ? nil : settings
    }

    @Test func `every catalogued setting takes its bounds and refuses what is beyond`() {
        let ladder = Set(TinyBMSRegister.voltageLadder)
        for row in TinyBMSRegister.settings where row.width == 1 && !ladder.contains(row.number) {
            let range = row.range ?? row.rawSpan
            let base = TinyBMSSettings.factory[row.number]
            // The presets read 0xFFFF, which cannot be written back as part of a packed word.
            for raw in [range.lowerBound, range.upperBound] where row.allows(raw) {
                guard let word = row.word(setting: raw, in: base) else { continue }
                #expect(written((row.number, word)) != nil, "\(row.name) = \(raw)")
            }
            for raw in [range.lowerBound - 1, range.upperBound + 1] where !row.allows(raw) {
                guard let word = row.word(setting: raw, in: base) else { continue }
                #expect(written((row.number, word)) == nil, "\(row.name) = \(raw)")
            }
        }
    }

    @Test func `the tables of minimum and maximum hold the bounds of the paper`() {
        #expect(TinyBMSSettings.minimum[300] == 1200 && TinyBMSSettings.maximum[300] == 4500)
        #expect(TinyBMSSettings.minimum[306] == 10 && TinyBMSSettings.maximum[306] == 65500)
        #expect(TinyBMSSettings.minimum[320] == UInt16(bitPattern: -40) && TinyBMSSettings.maximum[320] == 10)
        #expect(TinyBMSSettings.minimum[312] == 1 && TinyBMSSettings.minimum[313] == 0)
        #expect(TinyBMSSettings.maximum[312] == 0x86A0 && TinyBMSSettings.maximum[313] == 1)
        #expect(TinyBMSSettings.maximum[330] == 30 << 8 | 2)
        #expect(TinyBMSSettings.maximum[302] == 0 && TinyBMSSettings.maximum[344] == 0)
    }

    @Test func `defaults lie within the bounds and in order`() {
        for row in TinyBMSRegister.settings where row.missing == nil || row.number == 305 {
            let block = TinyBMSRegisterWords(first: 300, TinyBMSSettings.factory.words)
            if let raw = row.raw(in: block) { #expect(row.allows(raw), "\(row.name) = \(raw)") }
        }
        let rungs = TinyBMSRegister.voltageLadder.map { TinyBMSSettings.factory[$0] }
        #expect(rungs == rungs.sorted())
    }

    @Test(arguments: CellChemistry.allCases)
    func `the installer's settings of every chemistry could be written one group at a time`(chemistry: CellChemistry) {
        var parameters = PackParameters()
        parameters.chemistry = chemistry
        var settings = TinyBMSSettings(parameters)
        let words: [UInt16] = [300, 301, 315, 316]
        #expect(settings.write(words.map { TinyBMSRegisterValue($0, settings[$0]) }) != nil)
    }

    @Test func `voltages out of order or closer than a step are refused`() {
        #expect(written((300, 3750)) == nil)
        #expect(written((300, 3741)) == nil)
        #expect(written((300, 3740)) != nil)
        #expect(written((301, 2500)) == nil)
        #expect(written((316, 2895)) == nil)
        #expect(written((315, 3605)) == nil)
        // A whole group in one command is judged by what it leads to.
        #expect(written((300, 4150), (301, 3000), (315, 4200), (316, 2900)) != nil)
    }

    @Test func `one bad value and nothing is written`() {
        var settings = TinyBMSSettings.factory
        let before = settings
        #expect(settings.write([TinyBMSRegisterValue(317, 100), TinyBMSRegisterValue(307, 17)]) == nil)
        #expect(settings == before)
    }

    @Test func `reserved registers and bits take only zero`() {
        #expect(written((302, 0)) != nil)
        #expect(written((302, 1)) == nil)
        #expect(written((399, 1)) == nil)
        #expect(written((329, 7)) != nil)
        #expect(written((329, 8)) == nil)
        #expect(written((342, 0x0104)) == nil)
        #expect(written((330, 0x1E02)) != nil)
        #expect(written((330, 0x1F01)) == nil)
    }

    @Test func `a 32-bit setting is judged as a whole`() {
        #expect(written((312, 0), (313, 1)) != nil)
        #expect(written((312, 0)) == nil)
        #expect(written((313, 2)) == nil)
    }

    @Test func `presets are taken over and read 0xFFFF afterwards`() {
        var bench = TinyBench()
        #expect(bench.words(328, 1) == [0xFFFF])
        #expect(bench.ask(.writeRegisters(address: 328, values: [12_500])) == .written(address: 328, count: 1))
        #expect(bench.words(328, 1) == [0xFFFF])
        #expect(bench.ask(.stateOfCharge) == .stateOfCharge(25_000_000))
        #expect(bench.ask(.writeIndividual([TinyBMSRegisterValue(323, 45_000)])) == .acknowledged(command: 0x0D))
        #expect(bench.words(323, 1) == [0xFFFF])
        #expect(bench.words(45, 1) == [45_000])
        #expect(bench.ask(.writeRegisters(address: 328, values: [50_001])) == .refused(command: 0x10, code: 0))
    }

    @Test func `all three write commands write, in both readings of 0x0B`() {
        var bench = TinyBench()
        #expect(bench.ask(.writeBlock(address: 317, values: [101, 102], countsAddress: true)) != nil)
        #expect(bench.words(317, 2) == [101, 102])
        #expect(bench.ask(.writeBlock(address: 317, values: [103, 104], countsAddress: false)) != nil)
        #expect(bench.words(317, 2) == [103, 104])
        #expect(
            bench.ask(.writeIndividual([TinyBMSRegisterValue(318, 106), TinyBMSRegisterValue(317, 105)])) != nil)
        #expect(bench.words(317, 2) == [105, 106])
        #expect(bench.ask(.writeRegisters(address: 317, values: [107, 108])) != nil)
        #expect(bench.ask(.settings(.current, count: 19)).flatMap(lastSettings) == [107, 108])
    }

    @Test func `the current sensor moves the largest cut-off currents`() {
        var bench = TinyBench()
        bench.bms.mostCurrent = 300
        #expect(bench.ask(.settings(.maximum, count: 19)).flatMap(lastSettings) == [300, 300])
        #expect(bench.ask(.writeRegisters(address: 318, values: [301])) == .refused(command: 0x10, code: 0))
        #expect(bench.ask(.writeRegisters(address: 318, values: [300])) != .refused(command: 0x10, code: 0))
    }

    private func lastSettings(_ answer: TinyBMSAnswer) -> [UInt16]? {
        guard case .settings(let words) = answer else { return nil }
        return words.suffix(2)
    }

    @Test func `settings act on the protection`() {
        var bench = TinyBench()
        bench.demand = 50
        _ = bench.wait(.seconds(2))
        #expect(bench.bms.pack.current == 50)
        #expect(bench.ask(.writeRegisters(address: 318, values: [40])) != nil)
        _ = bench.wait(.seconds(2))
        #expect(bench.bms.pack.current == 0)
        #expect(bench.events().contains(0x06))
    }
}
