import Battery
import Links
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(1))) struct `JBD driver on a bad line` {
    /// A bench that has read everything slow and polls the live registers alone.
    private func warm(
        _ script: @escaping (JBDRequest, [UInt8]) -> [(delay: Duration, bytes: [UInt8])]?
    ) -> JBDDriverBench {
        let bench = JBDDriverBench()
        for _ in 0..<4 { _ = bench.registersOfNextPoll() }
        bench.loop.run(for: .milliseconds(500))
        bench.bms.requests = []
        bench.bms.script = script
        return bench
    }

    private func first(
        _ count: Int, _ answer: @escaping ([UInt8]) -> [(delay: Duration, bytes: [UInt8])]
    ) -> (JBDRequest, [UInt8]) -> [(delay: Duration, bytes: [UInt8])]? {
        var seen = 0
        return { _, good in
            seen += 1
            return seen <= count ? answer(good) : nil
        }
    }

    @Test func `S28 a board that swallows four requests wakes without an error`() throws {
        let bench = JBDDriverBench { $0.script = first(4) { _ in [] } }
        #expect(bench.reading() != nil)
        let statistics = try #require(bench.statistics)
        #expect(statistics.wakeUps == 4 && statistics.timeouts == 0 && statistics.retries == 0)
    }

    @Test func `S28 a board that stays silent is asked five times, then it is an error`() {
        let bench = JBDDriverBench { $0.script = { _, _ in [] } }
        #expect(bench.poll() == .failure(.silent))
        #expect(bench.bms.requests.count == 5)
        #expect(bench.poll() == .failure(.silent))
        #expect(bench.bms.requests.count == 6)
    }

    @Test func `S31 a wrong checksum costs a repetition, not the poll`() throws {
        let bench = warm(
            first(1) { good in
                var bytes = good
                bytes[6] ^= 1
                return [(.milliseconds(40), bytes)]
            })
        #expect(bench.reading() != nil)
        #expect(bench.bms.requests.map(\.register) == [0x03, 0x03, 0x04])
        #expect(bench.statistics?.checksumErrors == 1 && bench.statistics?.retries == 1)
    }

    /// A sum does not see that two bytes changed places.
    @Test func `S31 a wrong value that the checksum lets through is not believed, even on a good line`() throws {
        var count = 0
        let bench = warm { request, good in
            guard request == .cellVoltages else { return nil }
            count += 1
            guard count == 1 else { return nil }
            var bytes = good
            bytes.swapAt(4, 5)
            return [(.milliseconds(40), bytes)]
        }
        let reading = try #require(bench.reading())
        #expect(reading.cells[0] == 3.3)
        #expect(bench.bms.requests.map(\.register) == [0x03, 0x04, 0x04])
        #expect(bench.statistics?.checksumErrors == 0)
    }

    @Test func `S31 a value that never comes twice is no reading`() {
        var count: UInt16 = 0
        let bench = warm { request, _ in
            guard request == .basicInformation else { return nil }
            count += 1
            var information = JBDBasicInformation()
            information.voltage = 3000 + 100 * count
            return [(.milliseconds(40), JBDAnswer(0x03, information.data).bytes)]
        }
        #expect(bench.poll() == .failure(.unconfirmed))
        #expect(bench.bms.requests.count == 4)
    }

    @Test func `a step of the current costs one more request and is in the reading`() {
        let bench = warm { _, _ in nil }
        bench.bms.information.current = 8000
        #expect(bench.reading()?.current == 80)
        #expect(bench.bms.requests.map(\.register) == [0x03, 0x03, 0x04])
    }

    @Test func `S32 an answer that comes a poll late is nobody's`() throws {
        let bench = warm { _, _ in nil }
        let old = bench.bms.answer(to: .basicInformation).bytes
        bench.bms.script = first(1) { _ in [] }
        #expect(bench.poll() == .failure(.silent))
        // The answer of before arrives while the next poll asks; the pack carries 100 A by now.
        bench.bms.information.current = 10_000
        bench.bms.script = nil
        bench.bms.requests = []
        bench.loop.run(for: .milliseconds(500))
        bench.bms.send(old, after: .milliseconds(20))
        let reading = try #require(bench.reading())
        #expect(reading.current == 100)
        #expect(bench.bms.requests.first.map { JBDFormat.markers.contains($0) } == true)
    }

    @Test func `glued, doubled, echoed and preceded by garbage, an answer is read`() {
        let shapes: [(JBDRequest, [UInt8]) -> [UInt8]] = [
            { _, good in good + good }, { request, good in request.bytes + good },
            { _, good in [0xFF, 0xFF, 0xFF] + good }, { _, good in [0xDD, 0x03, 0x00] + good },
            { _, good in JBDAnswer(0x05, [0x41]).bytes + good + [0x00] },
        ]
        for shape in shapes {
            let bench = warm { request, good in [(.milliseconds(40), shape(request, good))] }
            #expect(bench.reading()?.voltage == 53.04)
        }
    }

    @Test func `an answer in pieces of one byte is read`() {
        let bench = warm { _, good in
            good.enumerated().map { (.milliseconds(20) + .microseconds(1042) * $0.offset, [$0.element]) }
        }
        #expect(bench.reading()?.cells.count == 16)
    }

    @Test func `a pulled cable is told as such`() {
        let bench = warm { _, _ in [] }
        bench.loop.schedule(at: bench.loop.now + .milliseconds(50)) { bench.bms.unplug() }
        #expect(bench.poll() == .failure(.link(.unplugged("fake"))))
    }

    @Test func `a board that refuses a live register is told as such`() {
        let bench = warm { request, _ in [(.milliseconds(40), JBDAnswer(request.register, status: 0x81).bytes)] }
        #expect(bench.poll() == .failure(.refused(command: 0x03, code: 0x81)))
    }
}
