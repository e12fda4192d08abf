import Actors
import Battery
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RestartBudgetTests {
    private let start = Instant(sinceBoot: .seconds(1_000_000))

    @Test func `five restarts in 60 s are allowed and the sixth is not (S51)`() {
        var budget = RestartBudget()
        for second in 0..<5 { #expect(budget.recordRestart(at: start + .seconds(second)) == true) }
        #expect(budget.recordRestart(at: start + .seconds(59)) == false)
    }

    @Test func `the window slides: each restart is forgiven 60 s after it (S51)`() {
        var budget = RestartBudget()
        for second in [0, 10, 20, 30, 40] { #expect(budget.recordRestart(at: start + .seconds(second)) == true) }
        #expect(budget.recordRestart(at: start + .milliseconds(59_999)) == false)
        #expect(budget.recordRestart(at: start + .seconds(60)) == true)
        #expect(budget.recordRestart(at: start + .seconds(69)) == false)
        #expect(budget.recordRestart(at: start + .seconds(70)) == true)
    }

    @Test func `no window of 60 s ever has more than five restarts (S51)`() {
        var budget = RestartBudget()
        var spent: [Int] = []
        for second in stride(from: 0, to: 1000, by: 3) where budget.recordRestart(at: start + .seconds(second)) {
            spent.append(second)
        }
        for first in spent { #expect(spent.filter { $0 >= first && $0 < first + 60 }.count <= 5) }
        #expect(spent.count > 50)
    }

    @Test func `a reset budget is whole again`() {
        var budget = RestartBudget(maximum: 1)
        #expect(budget.recordRestart(at: start) == true)
        #expect(budget.recordRestart(at: start) == false)
        budget.reset()
        #expect(budget.recordRestart(at: start) == true)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct BackoffTests {
    private let start = Instant(sinceBoot: .seconds(1_000_000))

    private func waits(_ backoff: Backoff, _ generator: ConstantGenerator, count: Int) -> [Double] {
        var backoff = backoff
        var generator = generator
        return (0..<count).map { _ in
            (backoff.next(at: start, using: &generator).seconds * 1000).rounded() / 1000
        }
    }

    @Test func `waits begin at 0.2 s and double up to the cap (S51)`() {
        #expect(waits(Backoff(), .middle, count: 6) == [0.2, 0.4, 0.8, 1.6, 2, 2])
        #expect(waits(Backoff(cap: .seconds(30)), .middle, count: 9) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30])
    }

    @Test func `chance moves a wait by 20 % at most (S51)`() {
        #expect(waits(Backoff(), .shortest, count: 5) == [0.16, 0.32, 0.64, 1.28, 1.6])
        #expect(waits(Backoff(), .longest, count: 5) == [0.24, 0.48, 0.96, 1.92, 2.4])
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(first: .seconds(1), cap: .seconds(1))
        let waits = (0..<1000).map { _ in backoff.next(at: start, using: &generator).seconds }
        #expect(waits.allSatisfy { (0.8...1.2).contains($0) } && Set(waits).count > 900)
    }

    @Test func `a quiet time brings the first wait back (S51)`() {
        var backoff = Backoff(quiet: .seconds(60))
        var generator = ConstantGenerator.middle
        let wait = { (second: Int) in backoff.next(at: start + .seconds(second), using: &generator).seconds }
        #expect(wait(0) < 0.21)
        #expect(wait(1) > 0.39)
        #expect(wait(60) > 0.79)
        #expect(wait(120) < 0.21)
    }

    @Test func `a reset brings the first wait back`() {
        var backoff = Backoff()
        var generator = ConstantGenerator.middle
        for _ in 0..<4 { _ = backoff.next(at: start, using: &generator) }
        backoff.reset()
        #expect(backoff.next(at: start, using: &generator).seconds < 0.21)
    }
}
