import Testing

@testable import JSONText

@Suite struct `JSON text` {
    private func text(_ value: Double) -> String { JSONValue.number(value).text }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.5, "0.5"), (-3.03, "-3.03"), (83.554824, "83.554824"),
            (0.000001, "0.000001"), (-0.05, "-0.05"), (3.3, "3.3"), (1e15, "1000000000000000"), (1e300, "1e+300"),
            (0.1 + 0.2, "0.30000000000000004"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
        ] as [(Double, String)])
    func `numbers are written with the fewest digits`(value: Double, want: String) {
        #expect(text(value) == want)
    }

    @Test func `every number reads back the same and is no longer than the standard library's`() {
        var state: UInt64 = 1
        for round in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value =
                switch round % 3 {
                case 0: Double(bitPattern: state)
                case 1: Double(Int64(bitPattern: state) >> 30) / 1_000_000
                default: Double(Int32(truncatingIfNeeded: state >> 32)) / 10_000
                }
            guard value.isFinite else { continue }
            let written = text(value)
            #expect(Double(written) == value)
            // 1e-06 and 0.000001 are the same number; everything else is at most as long.
            #expect(written.utf8.count <= max(9, value.description.utf8.count))
        }
    }

    @Test(arguments: [Int.min, -1_000_000, -1, 0, 9, 10, 65_535, 123_456_789_012, .max])
    func `integers are written whole`(value: Int) {
        #expect(JSONValue.integer(value).text == value.description)
    }

    @Test func `texts are escaped where they must be`() {
        #expect(JSONValue.string("pack_voltage_V").text == "\"pack_voltage_V\"")
        #expect(JSONValue.string("a\"b\\c\n\r\t\u{1}°").text == "\"a\\\"b\\\\c\\n\\r\\t\\u0001°\"")
        #expect(JSONValue.string("").text == "\"\"")
    }

    @Test func `objects keep the order of their members`() {
        let value: JSONValue = ["b": 1, "a": [true, "x"], "c": .null]
        #expect(value.text == #"{"b":1,"a":[true,"x"],"c":null}"#)
    }
}
