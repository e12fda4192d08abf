extension TinyBMSSimulator {
    /// One line of broadcast text in the format of register 343; nil for the format that no source describes.
    var broadcastLine: [UInt8]? {
        switch settings[343] & 0xFF {
        case 0: Array((cycleAnalystFields.joined(separator: "\t") + "\r\n").utf8)
        case 1: Array((asciiFields.joined(separator: "\t") + "\r\n").utf8)
        default: nil
        }
    }

    /// Source: TinyBMS user manual Rev D, 3.14, in the order of its example.
    private var asciiFields: [String] {
        let words = live
        func celsius(_ register: Int) -> String {
            fixedPoint(Double(Int16(bitPattern: words[register])) / 10, decimals: 2)
        }
        var bits = ""
        for cell in 0..<16 { bits += words[52] >> UInt16(cell) & 1 == 1 ? "1" : "0" }
        var fields = [
            "BPV:" + fixedPoint(Double(float(words, 36)), decimals: 2),
            "MINCV:" + fixedPoint(Double(words[40]) / 1000, decimals: 3),
            "MAXCV:" + fixedPoint(Double(words[41]) / 1000, decimals: 3),
            "BPC:" + fixedPoint(Double(float(words, 38)), decimals: 2),
            "SOC:" + fixedPoint(percent(words), decimals: 0), "BMST:" + celsius(48), "EXT1:" + celsius(42),
            "EXT2:" + celsius(43), "OS:" + String(words[50]), "CB:" + bits,
        ]
        let load = settings[331] & 0xFF == 0 ? "0" : "1"
        let charger = settings[333] & 0xFF == 1 ? "0" : "1"
        let isChargeOn = pack.chargeSwitchClosed ? "1" : "0"
        let isLoadOn = pack.dischargeSwitchClosed ? "1" : "0"
        if pack.protection.limits.isSinglePort {
            fields += ["ST:" + (settings[341] & 0xFF == 0 ? "0" : "1"), "SS:" + isLoadOn]
        } else {
            fields += ["LST:" + load, "LSS:" + isLoadOn, "CST:" + charger, "CSS:" + isChargeOn]
        }
        return fields
    }

    /// CA V3: 13 numbers.
    private var cycleAnalystFields: [String] {
        let words = live
        let temperatures = [words[42], words[43], words[48]].map { Int16(bitPattern: $0) }
        let hottest = temperatures.max() ?? 0
        let numbers = [
            percent(words) / 100 * pack.protection.limits.capacity, Double(float(words, 36)), Double(float(words, 38)),
            0, 0,
            Double(hottest) / 10,
        ]
        return numbers.map { fixedPoint($0, decimals: 6) } + [String](repeating: "0", count: 7)
    }

    private func percent(_ words: [UInt16]) -> Double {
        Double(UInt32(words[47]) << 16 | UInt32(words[46])) / 1_000_000
    }

    private func float(_ words: [UInt16], _ register: Int) -> Float {
        Float(bitPattern: UInt32(words[register + 1]) << 16 | UInt32(words[register]))
    }
}
