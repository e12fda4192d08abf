import Testing

@testable import Links

/// Seen red with a link that answers from anywhere in the recording.
@Suite struct ReplayLinkTests {
    let loop = VirtualLoop()
    let seen = Trace()

    /// A link over lines of a capture whose first moment is 100 s.
    private func link(_ lines: [String]) throws -> ReplayLink {
        let records = try lines.map { try CaptureRecord(line: $0) }
        let origin = loop.now
        let link = ReplayLink(
            records, channel: "uart.1", loop: loop, time: CaptureTime(origin: origin, microseconds: 100_000_000))
        link.listen { [seen] event in
            guard case .received(let bytes, let instant) = event else { return }
            seen.add("\(origin.duration(to: instant) / .milliseconds(1)) \(bytes)")
        }
        return link
    }

    @Test func `a request is answered with the recorded bytes, after the recorded delays`() throws {
        let link = try link([
            "(100.000000) uart.1 > 01", "(100.010000) uart.1 < AA", "(100.015000) uart.2 < FF",
            "(100.020000) uart.1 < BB", "(100.500000) uart.1 > 02", "(100.505000) uart.1 < CC",
        ])
        loop.run(for: .milliseconds(100))
        try link.write([1])
        try link.write([2])
        loop.run(for: .seconds(1))
        #expect(seen.lines == ["105.0 [204]", "110.0 [170]", "120.0 [187]"])
        #expect(link.statistics == .init(asked: 2, matched: 2))
    }

    @Test func `each recorded answer is given once, in order`() throws {
        let link = try link([
            "(100.000000) uart.1 > 01", "(100.001000) uart.1 < 0A", "(100.500000) uart.1 > 01",
            "(100.501000) uart.1 < 0B",
        ])
        for _ in 0..<3 { try link.write([1]) }
        loop.run(for: .seconds(1))
        #expect(seen.lines == ["1.0 [10]", "1.0 [11]"])
    }

    @Test func `what is recorded over a second away, or never, stays unanswered`() throws {
        let link = try link([
            "(099.000000) uart.1 < 00", "(100.000000) uart.1 > 01", "(100.001000) uart.1 < 0A",
            "(103.000000) uart.1 > 01", "(103.001000) uart.1 < 0B", "(104.000000) uart.1 > 02",
        ])
        loop.run(for: .milliseconds(1500))
        try link.write([1])
        try link.write([3])
        loop.run(for: .milliseconds(1500))
        #expect(seen.lines.isEmpty)
        try link.write([1])
        loop.run(for: .seconds(1))
        try link.write([2])
        loop.run(for: .seconds(9))
        try link.write([2])
        loop.run(for: .seconds(9))
        #expect(seen.lines == ["3001.0 [11]"])
        #expect(link.statistics == .init(asked: 5, matched: 2))
    }

    @Test func `a closed link is silent, and can be listened to again`() throws {
        let link = try link(["(100.000000) uart.1 > 01", "(100.100000) uart.1 < 0A", "(100.200000) uart.1 > 02"])
        try link.write([1])
        link.close()
        loop.run(for: .seconds(1))
        #expect(seen.lines.isEmpty && link.name == "replay:uart.1" && link.unsent == 0)
    }
}
