import Battery
import Links
import Synchronization
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(1))) struct `TinyBMS driver on a bad line` {
    /// A bench that has read everything slow and polls the live block alone.
    private func warm(
        eventsInterval: Duration = .seconds(3),
        _ script: @escaping (TinyBMSRequest, [UInt8]) -> [(delay: Duration, bytes: [UInt8])]?
    ) -> Bench {
        let bench = Bench(.init(eventsInterval: eventsInterval))
        _ = bench.reading()
        bench.bms.requests = []
        bench.bms.times = []
        bench.bms.script = script
        return bench
    }

    /// A script that treats the first `count` requests so, and answers the others.
    private func first(
        _ count: Int, _ answer: @escaping ([UInt8]) -> [(delay: Duration, bytes: [UInt8])]
    ) -> (TinyBMSRequest, [UInt8]) -> [(delay: Duration, bytes: [UInt8])]? {
        let seen = Counter()
        return { _, good in seen.next() < count ? answer(good) : nil }
    }

    private func damaged(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        frame[60] ^= 0x10
        return frame
    }

    @Test func `S28 the very first silence is a wake-up and no error`() throws {
        let bench = Bench { $0.script = first(1) { _ in [] } }
        #expect(bench.reading() != nil)
        let statistics = try #require(bench.statistics)
        #expect(statistics.wakeUps == 1 && statistics.timeouts == 0 && statistics.retries == 0)
        #expect(bench.bms.requests.prefix(3) == [.marker(2), .marker(3), TinyBMSLiveBlock.request])
        let gap = bench.bms.times[0].duration(to: bench.bms.times[1])
        #expect(gap >= .milliseconds(150) && gap < .milliseconds(170))
    }

    @Test func `S28 after more than 8 s of silence the request is repeated at once`() {
        let bench = warm(first(1) { _ in [] })
        bench.loop.run(for: .milliseconds(8100))
        #expect(bench.reading() != nil)
        #expect(bench.statistics?.wakeUps == 1 && bench.statistics?.timeouts == 0)
    }

    @Test func `S28 within 8 s a silence is an error and nothing is repeated`() {
        let bench = warm(eventsInterval: .seconds(60), first(1) { _ in [] })
        bench.loop.run(for: .seconds(7))
        #expect(bench.poll() == .failure(.silent))
        #expect(bench.bms.requests.count == 1 && bench.statistics?.timeouts == 1)
    }

    @Test func `S28 a BMS that stays silent is asked twice, then it is an error`() {
        let bench = Bench { $0.script = { _, _ in [] } }
        #expect(bench.poll() == .failure(.silent))
        #expect(bench.bms.requests.count == 2)
        #expect(bench.poll() == .failure(.silent))
        #expect(bench.bms.requests.count == 3)
    }

    @Test func `S31 a damaged answer is asked again and then confirmed`() {
        let bench = warm(first(1) { [(.milliseconds(12), damaged($0))] })
        #expect(bench.reading() != nil)
        // One damaged, one good, one to confirm it.
        #expect(bench.bms.requests.count == 3)
        #expect(bench.statistics?.checksumErrors == 1 && bench.statistics?.retries == 1)
    }

    @Test func `S31 the rest of a damaged answer passes by before the request is repeated`() {
        // The checksum fails at once, and bytes go on dropping in for 30 ms.
        let rest = (1...6).map { (delay: Duration.milliseconds(12 + 5 * $0), bytes: [0x55, 0xAA] as [UInt8]) }
        let bench = warm(first(1) { [(.milliseconds(12), damaged($0))] + rest })
        #expect(bench.reading() != nil)
        let gap = bench.bms.times[0].duration(to: bench.bms.times[1])
        #expect(gap >= .milliseconds(12 + 30 + 10), "an idle gap of 10 ms behind the last byte")
    }

    @Test func `S31 damage is repeated three times at most`() {
        let bench = warm { _, good in [(.milliseconds(12), damaged(good))] }
        #expect(bench.poll() == .failure(.garbled("damaged answer to 0x03")))
        #expect(bench.bms.requests.count == 4)
    }

    @Test func `S31 a damaged head is repeated too, after its time`() {
        let bench = warm(first(1) { [(.milliseconds(12), [0x2A] + $0.dropFirst())] })
        #expect(bench.reading() != nil)
        #expect(bench.statistics?.timeouts == 0 && bench.statistics?.retries == 1)
    }

    @Test func `S31 on a disturbed line a reading needs a second that agrees`() throws {
        let seen = Counter()
        let bench = warm { _, good in
            switch seen.next() {
            case 0: return [(.milliseconds(12), damaged(good))]
            case 1:
                // A wrong frame whose checksum holds: what CRC-16 lets through once in 65536.
                guard case .registers(var words) = try? TinyBMSAnswer.decode(good) else { return nil }
                words[3] = 41_000
                return [(.milliseconds(12), TinyBMSAnswer.registers(words).bytes)]
            default: return nil
            }
        }
        let reading = try #require(bench.reading())
        #expect(reading.cells[3] == 3.303)
        #expect(bench.bms.requests.count == 4)
        bench.pass(.seconds(2))
        bench.bms.requests = []
        #expect(bench.reading() != nil)
        #expect(bench.bms.requests.count == 2)
        bench.pass(.seconds(9))
        bench.bms.requests = []
        #expect(bench.reading() != nil)
        #expect(bench.bms.requests == [.allEvents, TinyBMSLiveBlock.request])
    }

    @Test func `S31 on a disturbed line settings count only when read twice the same`() throws {
        let seen = Counter()
        let seenSettings = Counter()
        let settings = TinyBMSRequest.readRegisters(address: 300, count: 44)
        let bench = Bench {
            $0.script = { request, good in
                if request == TinyBMSLiveBlock.request, seen.next() == 0 { return [(.milliseconds(12), damaged(good))] }
                guard request == settings, seenSettings.next() == 0 else { return nil }
                guard case .registers(var words) = try? TinyBMSAnswer.decode(good) else { return nil }
                words[18] = 700  // a charge cutoff that the checksum lets through
                return [(.milliseconds(9), TinyBMSAnswer.registers(words).bytes)]
            }
        }
        let first = try #require(bench.reading())
        #expect(first.settings == nil)
        #expect(bench.bms.requests.filter { $0 == settings }.count == 2)
        bench.pass(.seconds(4))
        #expect(bench.reading()?.settings?.value.chargeCutoffCurrent == 100)
    }

    @Test func `S32 a late answer to another request is skipped`() throws {
        let bench = warm { request, good in
            guard request == TinyBMSLiveBlock.request else { return nil }
            let late = TinyBMSAnswer.registers(Array(repeating: 7, count: 44)).bytes
            return [(.milliseconds(3), late), (.milliseconds(15), good)]
        }
        let reading = try #require(bench.reading())
        #expect(reading.cells.first == 3.3)
        #expect(bench.bms.requests.count == 1)
    }

    /// Seen red without the markers: the second poll took the answer to the first for its own.
    @Test(arguments: [300, 500, 900, 1500, 2000, 2400])
    func `S32 answers that are all late by as much are nobody's, until the line is in step again`(delay: Int) throws {
        let isLate = Counter()
        let bench = warm { _, good in
            isLate.value == 0 ? [(.milliseconds(delay), good)] : nil
        }
        for _ in 0..<40 {
            let next = bench.loop.now + .milliseconds(500)
            #expect(throws: BMSError.self) { try #require(bench.poll()).get() }
            bench.loop.run(until: max(next, bench.loop.now))
        }
        #expect(bench.bms.requests.filter { $0 == TinyBMSLiveBlock.request }.count < 4)
        _ = isLate.next()
        bench.pass(.seconds(3))
        #expect(bench.reading() != nil)
    }

    @Test func `S78 an answer beside the polls is not waited for beyond its gap, and is nobody else's`() throws {
        let isLate = Counter()
        let bench = warm { request, good in
            guard case .readRegisters(300, _) = request, isLate.value == 0 else { return nil }
            return [(.milliseconds(140), good)]
        }
        let began = bench.loop.now
        let end = began + .milliseconds(60)
        let error = bench.run { bench -> BMSError? in
            do throws(BMSError) {
                _ = try await bench.driver.readSettingsWords(within: end)
                return nil
            } catch { return error }
        }
        #expect(error == .some(.silent))
        #expect(bench.loop.now == end)
        // The next poll comes in its time, and its answer is its own.
        #expect(bench.reading()?.voltage != nil)
        _ = isLate.next()
        let later = bench.loop.now + .milliseconds(400)
        let count = bench.run { bench -> Int in
            let words = try? await bench.driver.readSettingsWords(within: later)
            return words?.words.count ?? 0
        }
        #expect(count == 44)
    }

    /// A serial server hands on what it gathered before the gateway came.
    @Test func `S32 on a line just opened an answer to somebody else's request is none`() throws {
        let bench = Bench()
        var old = bench.bms.registers
        old[0] = 41_000
        for delay in [2, 5, 8] {
            bench.bms.send(TinyBMSAnswer.registers(Array(old[0..<56])).bytes, after: .milliseconds(delay))
        }
        #expect(try #require(bench.reading()).cells.first == 3.3)
    }

    @Test func `S32 an answer that came before the request is flushed`() throws {
        let bench = warm { _, _ in [] }
        var old = bench.bms.registers
        old[0] = 41_000
        bench.bms.send(TinyBMSAnswer.registers(Array(old[0..<56])).bytes, after: .milliseconds(1))
        bench.loop.run(for: .milliseconds(100))
        #expect(bench.poll() == .failure(.silent))
    }

    @Test func `a refusal for a damaged request is repeated, any other is not`() {
        let crc = TinyBMSAnswer.refused(command: 3, code: 1).bytes
        let repeated = warm(first(1) { _ in [(.milliseconds(2), crc)] })
        #expect(repeated.reading() != nil)
        #expect(repeated.statistics?.retries == 1)
        let command = TinyBMSAnswer.refused(command: 3, code: 0).bytes
        let refused = warm { _, _ in [(.milliseconds(2), command)] }
        #expect(refused.poll() == .failure(.refused(command: 3, code: 0)))
        #expect(refused.bms.requests.count == 1)
    }

    @Test func `broadcast text before, in pieces and after the answer does no harm`() throws {
        let text = Array("BPV:49.05\tMINCV:3.766\tMAXCV:3.776\r\n".utf8)
        let bench = warm { _, good in
            [
                (.milliseconds(1), text), (.milliseconds(5), Array(text.prefix(9))),
                (.milliseconds(12), Array(good.prefix(50))), (.milliseconds(17), Array(good.dropFirst(50)) + text),
            ]
        }
        #expect(bench.reading() != nil)
        #expect(bench.bms.requests.count == 1 && bench.statistics?.checksumErrors == 0)
    }

    @Test func `text alone is silence`() {
        let text = Array("BPV:49.05\tMINCV:3.766\r\n".utf8)
        let bench = warm { _, _ in [(.milliseconds(5), text)] }
        #expect(bench.poll() == .failure(.silent))
    }

    @Test func `an unplugged link ends the poll at once`() {
        let bench = warm { _, _ in [] }
        bench.bms.loop.schedule(at: bench.loop.now + .milliseconds(20)) { [bms = bench.bms] in bms.unplug() }
        let before = bench.loop.now
        #expect(bench.poll() == .failure(.link(.unplugged("fake"))))
        #expect(before.duration(to: bench.loop.now) == .milliseconds(20))
    }

    @Test func `a cancelled poll says so`() {
        let bench = warm { _, _ in [] }
        let result = bench.run { bench -> Result<PackReading, BMSError> in
            withUnsafeCurrentTask { $0?.cancel() }
            do throws(BMSError) { return .success(try await bench.driver.poll()) } catch { return .failure(error) }
        }
        #expect(result == .failure(.cancelled))
    }

    @Test func `a poll ends within 3 s whatever the line does`() {
        let noise = Mutex(SeededRandom(seed: 7))
        let bench = warm { _, good in
            noise.withLock { random in
                var frame = good
                for index in frame.indices where random.chance(0.02) { frame[index] = random.byte() }
                return [(.milliseconds(Int64(random.byte() % 160)), frame), (.milliseconds(5), random.bytes(3))]
            }
        }
        var random = SeededRandom(seed: 8)
        for _ in 0..<200 {
            let before = bench.loop.now
            _ = bench.poll()
            #expect(before.duration(to: bench.loop.now) < .seconds(3))
            bench.pass(.milliseconds(Int64(random.byte())))
        }
    }
}

/// Counts calls.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}
