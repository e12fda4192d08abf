import JSONText
import Testing

@testable import Benchmarks

@Suite struct SamplesTests {
    @Test(arguments: [(0.0, 1.0), (1, 1), (50, 50), (50.1, 51), (99, 99), (99.9, 100), (100, 100)])
    func `a percentile is the nearest rank of what was measured`(percent: Double, value: Double) {
        #expect(Samples((1...100).map(Double.init).shuffled()).percentile(percent) == value)
    }

    @Test func `99.9 percent of a thousand leaves the highest one out`() {
        let samples = Samples((1...1000).map(Double.init))
        #expect(samples.percentile(99.9) == 999)
        #expect(samples.highest == 1000)
    }

    @Test func `the median of an even number is a measured value`() {
        #expect(Samples([4, 1, 3, 2]).median == 2)
    }

    @Test func `nothing measured has no percentile`() {
        #expect(Samples([]).median == nil)
        #expect(Samples([.nan]).count == 0)
    }
}

@Suite struct FigureTests {
    private func figure(_ value: Double, limit: Double? = nil, _ bar: Figure.Bar?) -> Figure {
        Figure("test", value, "ms", limit: limit.map { .init("limit", $0) }, bar: bar, load: 0)
    }

    @Test func `the ratio is value over limit`() {
        #expect(figure(6, limit: 2, nil).ratio == 3)
        #expect(figure(6, limit: 0, nil).ratio == nil)
        #expect(figure(6, nil).ratio == nil)
    }

    @Test(arguments: [
        (Figure.Bar.atMost(5), 5.0, true), (.atMost(5), 5.1, false), (.atLeast(5), 5, true), (.atLeast(5), 4.9, false),
        (.ratioAtMost(3), 6, true), (.ratioAtMost(3), 6.1, false), (.ratioAtLeast(0.95), 1.9, true),
        (.ratioAtLeast(0.95), 1.8, false),
    ])
    func `a bar is met at its value and not beyond`(bar: Figure.Bar, value: Double, isMet: Bool) {
        #expect(figure(value, limit: 2, bar).isMet == isMet)
    }

    @Test(arguments: [Figure.Bar.atMost(5), .atLeast(5), .ratioAtMost(5), .ratioAtLeast(5)])
    func `what is not a number meets no bar`(bar: Figure.Bar) {
        #expect(figure(.nan, limit: 2, bar).isMet == false)
    }

    @Test func `a ratio to nothing meets no bar`() {
        #expect(figure(1, .ratioAtMost(3)).isMet == false)
    }

    @Test func `without a bar there is nothing to meet`() {
        #expect(figure(1, limit: 2, nil).isMet == nil)
    }

    @Test(arguments: [
        (0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (512_345.6, "512346"), (3, "3"),
        (.nan, "nan"),
    ])
    func `numbers are shown with three digits`(value: Double, text: String) {
        #expect(FigureTable.short(value) == text)
    }

    @Test func `a line holds value, limit, ratio, bar and whether it is met`() {
        let line = FigureTable.line(figure(6, limit: 2, .ratioAtMost(2.5)))
        #expect(line.contains("6 ms") && line.contains("2 ms limit") && line.contains("≤ 2.50 ×"))
        #expect(line.contains(" NO "))
    }

    @Test func `as JSON it says the same`() {
        #expect(
            figure(6, limit: 2, .atMost(7)).json.text
                == #"{"name":"test","value":6,"unit":"ms","limit":{"name":"limit","value":2},"ratio":3,"#
                + #""bar":"≤ 7 ms","met":true,"count":1,"load":0}"#)
    }
}
