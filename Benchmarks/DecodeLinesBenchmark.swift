import BMSProtocols
import InverterProtocols
import JSONText

/// Lines of `decode` a second on one processor, from text to JSON: each golden vector by itself, all mixed, and the whole
/// program.
enum DecodeLinesBenchmark {
    private typealias Decode = ([UInt8]) -> JSONValue

    private static let bar = Figure.Bar.atLeast(100_000)

    static func run(vectors folder: String, program: String) throws -> [Figure] {
        try DecodeLines.families(vectors: folder).flatMap { family in
            let decode: Decode = SpokenFamily.named(family.family)?.decodeLine ?? { VictronLineDecoder.decode($0) }
            return try figures(family, decode) + [throughProgram(family, program)]
        }
    }

    // MARK: - Private

    private static func figures(_ family: DecodeLines, _ decode: @escaping Decode) throws -> [Figure] {
        let name = "decode-lines \(family.family)"
        var figures: [Figure] = []
        for line in family.lines {
            figures.append(figure("\(name) \(line.name)", [line], decode, batches: 5, seconds: 0.004))
        }
        guard let slowest = figures.min(by: { $0.value < $1.value }),
            let line = family.lines.first(where: { "\(name) \($0.name)" == slowest.name })
        else { throw BenchmarkFailure("\(name): no lines") }
        var worst = figure("\(name), slowest kind", [line], decode, batches: 15, seconds: 0.02)
        worst.note = "\(line.name); slowest of \(family.lines.count) kinds of line"
        let mixed = figure("\(name), all kinds", family.lines, decode, batches: 15, seconds: 0.02)
        return [mixed, worst]
    }

    private static func figure(
        _ name: String, _ lines: [DecodeLines.Line], _ decode: @escaping Decode, batches: Int, seconds: Double
    ) -> Figure {
        var out: [UInt8] = []
        func keepShort() { if out.count > 1 << 16 { out.removeAll(keepingCapacity: true) } }
        let texts = lines.map { line in
            var text: [UInt8] = []
            decode(line.text).append(to: &text)
            return text
        }
        let rates = Rate.measure(
            batches: batches, seconds: seconds,
            [
                {
                    for line in lines {
                        decode(line.text).append(to: &out)
                        keepShort()
                    }
                    return lines.count
                },
                {
                    for (line, text) in zip(lines, texts) {
                        out += line.text
                        out += text
                        keepShort()
                    }
                    return lines.count
                },
            ])
        return Figure(
            name, rates[0].median, "/s", limit: .init("copying line and text", rates[1].median), bar: bar,
            count: rates[0].samples.count)
    }

    /// The program itself, reading a file and writing to nowhere: its processor time, start included.
    private static func throughProgram(_ family: DecodeLines, _ program: String) throws -> Figure {
        let name = "decode-lines \(family.family), whole program"
        let all: [UInt8] = family.lines.flatMap { $0.text + [10] }
        let repeats = 100_000 / max(1, family.lines.count) + 1
        let path = try Bare.temporaryFile((0..<repeats).flatMap { _ in all })
        defer { Bare.remove(path) }
        let rates = try (0..<5).map { _ in
            let child = try ChildProgram(program, ["decode", family.family], input: path)
            return Double(repeats * family.lines.count) / (try child.waitForEnd())
        }
        return Figure(
            name, Samples(rates).median ?? .nan, "/s", bar: bar, count: rates.count,
            note: "\(repeats * family.lines.count) lines, all kinds, by processor time with the start")
    }
}
