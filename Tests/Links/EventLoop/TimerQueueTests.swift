import Testing

@testable import Links

@Suite struct TimerQueueTests {
    let origin = Instant.now

    @Test func `timers come out by instant, then in the order they were scheduled`() {
        var queue = TimerQueue()
        let trace = Trace()
        var generator = SplitMix(seed: 7)
        var expected: [(delay: Int, order: Int)] = []
        for order in 0..<500 {
            let delay = Int(generator.next() % 50)
            expected.append((delay, order))
            _ = queue.insert(at: origin + .milliseconds(delay)) { trace.add("\(delay) \(order)") }
        }
        while let body = queue.popDue(at: origin + .seconds(1), scheduledBefore: .max) { body() }
        expected.sort { ($0.delay, $0.order) < ($1.delay, $1.order) }
        #expect(trace.lines == expected.map { "\($0.delay) \($0.order)" })
        #expect(queue.count == 0 && queue.nextInstant() == nil)
    }

    @Test func `a timer taken out does not fire and does not hold up the others`() {
        var queue = TimerQueue()
        let trace = Trace()
        var timers: [LoopTimer] = []
        for index in 0..<1000 {
            timers.append(queue.insert(at: origin + .milliseconds(index)) { trace.add("\(index)") })
        }
        for (index, timer) in timers.enumerated() where index % 10 != 3 { #expect(queue.remove(timer) != nil) }
        #expect(queue.remove(timers[0]) == nil)
        #expect(queue.nextInstant() == origin + .milliseconds(3))
        #expect(queue.popDue(at: origin + .milliseconds(2), scheduledBefore: .max) == nil)
        while let body = queue.popDue(at: origin + .seconds(2), scheduledBefore: .max) { body() }
        #expect(trace.lines == stride(from: 3, to: 1000, by: 10).map { "\($0)" })
    }

    @Test func `a turn ends although every timer schedules the next one at once`() {
        var queue = TimerQueue()
        _ = queue.insert(at: origin) {}
        let limit = queue.nextIdentifier
        _ = queue.insert(at: origin - .seconds(1)) {}
        #expect(queue.popDue(at: origin, scheduledBefore: limit) == nil)
        #expect(queue.popDue(at: origin, scheduledBefore: .max) != nil)
        #expect(queue.popDue(at: origin, scheduledBefore: limit) != nil)
    }
}
