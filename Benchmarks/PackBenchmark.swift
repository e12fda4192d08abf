import Simulator

/// What a simulated second of a battery costs: the cells, their heat, the sensors and the BMS's judgement.
enum PackBenchmark {
    static func run() -> Figure {
        var pack = PackModel(PackParameters(), seed: 1)
        let rate = Rate.measure([
            {
                for _ in 0..<100 { pack.step(by: .seconds(1), current: 20) }
                return 100
            }
        ])[0]
        return Figure(
            "simulated pack", 1e6 / rate.median, "µs", limit: .init("a hundred-thousandth of a second", 10),
            bar: .ratioAtMost(1), count: rate.samples.count,
            note: "a second of 16 cells in ten samples; \(pack.cells.count) cells")
    }
}
