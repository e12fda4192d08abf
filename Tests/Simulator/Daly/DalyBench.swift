import BMSProtocols

@testable import Simulator

/// A Daly board on a quiet pack whose wire time a test moves by hand.
struct DalyBench {
    var board: DalySimulator
    var now = Duration.zero
    var demand = 0.0

    init(
        seed: UInt64 = 1, options: DalySimulator.Options = .init(), change: (inout PackParameters) -> Void = { _ in }
    ) {
        var parameters = PackParameters()
        parameters.voltageNoise = 0
        parameters.currentNoise = 0
        change(&parameters)
        board = DalySimulator(parameters, seed: seed, options: options)
        wait(.milliseconds(200))
    }

    mutating func wait(_ duration: Duration) {
        let end = now + duration
        while now < end {
            let step = min(.milliseconds(100), end - now)
            now += step
            _ = board.advance(to: now, by: step, demand: demand)
        }
    }

    /// What the board sends upon bytes.
    mutating func send(_ bytes: [UInt8]) -> [UInt8] { board.receive(bytes, at: now).flatMap(\.bytes) }

    /// The answer as the gateway's own parser finds it; time for the pause between requests passes.
    mutating func ask(_ request: DalyRequest) -> DalyAnswer? {
        var parser = DalyStreamParser()
        parser.expect(request)
        let answer = parser.receive(send(request.bytes))
        wait(.milliseconds(300))
        return answer
    }

    mutating func cells() -> [UInt16] {
        let count = board.pack.cells.count
        let answer = ask(.cellVoltages(cells: count))
        return answer.map { Array(DalySlots.cellMillivolts($0.payloads).prefix(count)) } ?? []
    }
}
