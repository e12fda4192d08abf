import Testing

@testable import Actors

@Suite(.timeLimit(.minutes(1)))
struct BroadcastTests {
    @Test func `every subscriber gets every event in order`() async {
        let broadcast = Broadcast<Int>()
        let subscriptions = (0..<3).map { broadcast.subscribe(capacity: 100, name: "s\($0)") }
        for number in 0..<100 { broadcast.send(number) }
        broadcast.finish()
        for subscription in subscriptions {
            var received: [Int] = []
            for await event in subscription { received.append(event) }
            #expect(received == Array(0..<100))
            #expect(subscription.dropped == 0)
        }
    }

    @Test func `a slow subscriber loses the oldest events, sees how many, and slows nobody`() async {
        let broadcast = Broadcast<Int>()
        let slow = broadcast.subscribe(capacity: 3, name: "slow")
        let fast = broadcast.subscribe(capacity: 10, name: "fast")
        for number in 0..<10 { broadcast.send(number) }
        #expect(slow.dropped == 7)
        #expect(fast.dropped == 0)
        #expect(
            broadcast.report == [
                .init(name: "slow", waiting: 3, capacity: 3, dropped: 7),
                .init(name: "fast", waiting: 10, capacity: 10, dropped: 0),
            ])
        #expect([slow.poll(), slow.poll(), slow.poll(), slow.poll()] == [7, 8, 9, nil])
    }

    @Test func `events sent while the consumer waits arrive in order`() async {
        let broadcast = Broadcast<Int>()
        let subscription = broadcast.subscribe(capacity: 10_000)
        async let received = subscription.reduce(into: [Int]()) { $0.append($1) }
        for number in 0..<10_000 {
            broadcast.send(number)
            if number % 100 == 0 { await Task.yield() }
        }
        broadcast.finish()
        #expect(await received == Array(0..<10_000))
    }

    @Test func `many senders lose nothing between them`() async {
        let broadcast = Broadcast<Int>()
        let subscription = broadcast.subscribe(capacity: 4000)
        async let received = subscription.reduce(into: Set<Int>()) { $0.insert($1) }
        await withTaskGroup { group in
            for sender in 0..<4 {
                group.addTask { for number in 0..<1000 { broadcast.send(sender * 1000 + number) } }
            }
        }
        broadcast.finish()
        #expect(await received.count == 4000)
    }

    @Test func `a finished broadcast ends old and new subscriptions and takes no more events`() async {
        let broadcast = Broadcast<Int>()
        let old = broadcast.subscribe(capacity: 2)
        broadcast.send(1)
        broadcast.finish()
        broadcast.send(2)
        #expect(await old.next() == 1)
        #expect(await old.next() == nil)
        #expect(await broadcast.subscribe(capacity: 2).next() == nil)
    }

    @Test func `cancelling the consumer ends its wait at whatever moment`() async {
        let broadcast = Broadcast<Int>()
        for turn in 0..<500 {
            let subscription = broadcast.subscribe(capacity: 2)
            let consumer = Task {
                var count = 0
                for await _ in subscription { count += 1 }
                return count
            }
            for _ in 0..<(turn % 5) { await Task.yield() }
            if turn % 3 == 0 { broadcast.send(turn) }
            consumer.cancel()
            #expect(await consumer.value <= 1)
        }
    }

    @Test func `a cancelled wait takes no event with it`() async {
        let broadcast = Broadcast<Int>()
        let subscription = broadcast.subscribe(capacity: 2)
        let consumer = Task { await subscription.next() }
        consumer.cancel()
        #expect(await consumer.value == nil)
        broadcast.send(1)
        #expect(await subscription.next() == 1)
    }

    @Test func `a second consumer ends the wait of the first`() async {
        let broadcast = Broadcast<Int>()
        let subscription = broadcast.subscribe(capacity: 2)
        async let first = subscription.next()
        async let second = subscription.next()
        // Whichever came first was displaced; the other one waits.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [broadcast] in
                while broadcast.report[0].waiting == 0 { broadcast.send(7); await Task.yield() }
            }
        }
        let results = await [first, second]
        #expect(results.contains(7))
    }

    @Test func `a subscription that was let go is forgotten`() {
        let broadcast = Broadcast<Int>()
        var subscription: Broadcast<Int>.Subscription? = broadcast.subscribe(capacity: 1, name: "gone")
        #expect(broadcast.report.count == 1)
        _ = subscription?.poll()
        subscription = nil
        #expect(broadcast.report.isEmpty)
    }
}
