import Glibc
import JSONText
import Testing

@testable import Log

@Suite(.timeLimit(.minutes(1)))
struct LoggerTests {
    @Test func `lines below the level are dropped`() throws {
        let lines = try written(minimum: .notice) { logger in
            logger.debug("a", "A.")
            logger.info("b", "B.")
            logger.notice("c", "C.")
            logger.warning("d", "D.")
            logger.minimum = .error
            logger.warning("e", "E.")
            logger.error("f", "F.")
        }
        #expect(lines.map { String($0.suffix(2)) } == ["C.", "D.", "F."])
    }

    @Test func `the journal is told the priority of each line`() throws {
        let lines = try written(format: .json, withPriority: true) { logger in
            logger.debug("a", "A.")
            logger.error("b", "B.")
        }
        #expect(lines.map { String($0.prefix(10)) } == ["<7>{\"time\"", "<3>{\"time\""])
    }

    @Test func `ten lines a second of an event are written and the next one counts the rest (S91)`() throws {
        let hand = HandClock()
        let lines = try written(clock: hand.clock) { logger in
            for _ in 0..<25 { logger.warning("uart.bad", "Bad.") }
            logger.warning("can.bad", "Another event has its own allowance.")
            hand.advance(by: .milliseconds(999))
            logger.warning("uart.bad", "Bad.")
            hand.advance(by: .milliseconds(1))
            logger.warning("uart.bad", "Bad again.")
            logger.warning("uart.bad", "Bad again.")
        }
        #expect(lines.count == 13)
        #expect(lines[10].contains("can.bad"))
        #expect(lines[11].hasSuffix("Bad again. suppressed=16"))
        #expect(lines[12].hasSuffix("Bad again."))
    }

    @Test func `no second has more than ten lines of an event, wherever it begins (S91)`() {
        var limit = LogRateLimit()
        var admitted: [Int] = []
        for millisecond in stride(from: 0, to: 10_000, by: 7)
        where limit.admit("x", at: .milliseconds(millisecond)) != nil { admitted.append(millisecond) }
        #expect(admitted.count > 90)
        for first in admitted { #expect(admitted.filter { $0 >= first && $0 < first + 1000 }.count <= 10) }
    }

    @Test func `events named from data share one allowance at last (S91)`() {
        var limit = LogRateLimit()
        let admitted = (0..<5000).filter { limit.admit("event \($0)", at: .zero) != nil }
        #expect(admitted.count == LogRateLimit.mostEvents + LogRateLimit.linesPerSecond)
    }

    @Test func `a pipe that nobody reads holds nobody up, and the lost lines are counted (S91)`() throws {
        let pipe = Pipe()
        let hand = HandClock()
        let logger = try Logger(
            format: .text, descriptor: pipe.input, withPriority: false, capacity: 100, clock: hand.clock)
        for number in 1...3000 {
            hand.advance(by: .seconds(1))
            logger.info("test.line", "A line that fills the pipe before long.", [.init("number", .integer(number))])
        }
        #expect(!logger.flush(timeout: .zero))
        #expect(logger.recent().count == 1024)

        let reading = try pipe.startReading()
        #expect(logger.flush(timeout: .seconds(30)))
        close(pipe.input)
        let lines = reading.lines()
        close(pipe.output)
        let losses = lines.filter { $0.contains("log.lost") }
        let lost = losses.compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }.reduce(0, +)
        #expect(lost > 2000)
        #expect(lines.count - losses.count + lost == 3000)
        #expect(lines.last?.hasSuffix("number=3000") == true)
    }

    @Test func `a dead descriptor holds nobody up (S91)`() throws {
        let pipe = Pipe()
        close(pipe.output)
        // The writer's thread takes no SIGPIPE.
        let logger = try Logger(format: .text, descriptor: pipe.input, withPriority: false)
        logger.info("test.line", "Nobody will read this.")
        #expect(logger.flush(timeout: .seconds(30)))
        close(pipe.input)
    }

    @Test func `a descriptor that another program made non-blocking loses nothing`() throws {
        let pipe = Pipe()
        _ = fcntl(pipe.input, F_SETFL, fcntl(pipe.input, F_GETFL) | O_NONBLOCK)
        let logger = try Logger(format: .text, descriptor: pipe.input, withPriority: false, clock: .still)
        for number in 0..<200 { logger.info("test.line\(number)", "A line that fills the pipe before long.") }
        let reading = try pipe.startReading()
        #expect(logger.flush(timeout: .seconds(30)))
        close(pipe.input)
        #expect(reading.lines().count == 200)
        close(pipe.output)
    }

    @Test func `recent lines can be asked for by level and time`() throws {
        let hand = HandClock()
        _ = try written(clock: hand.clock) { logger in
            logger.info("a", "A.")
            hand.advance(by: .seconds(1))
            logger.warning("b", "B.")
            hand.advance(by: .seconds(1))
            logger.info("c", "C.")
            #expect(logger.recent().map(\.event) == ["a", "b", "c"])
            #expect(logger.recent(minimum: .warning).map(\.event) == ["b"])
            #expect(logger.recent(since: UTCTime(milliseconds: 1000)).map(\.event) == ["b", "c"])
        }
    }

    @Test func `a text of any length is cut`() throws {
        let lines = try written { $0.info("web.request", "é" + String(repeating: "x", count: 100_000)) }
        #expect(lines[0].utf8.count < Logger.longestText + 100)
        #expect(lines[0].hasSuffix("x…"))
    }

    @Test func `loggers come and go`() throws {
        for _ in 0..<100 { #expect(try written { $0.info("a", "A.") }.count == 1) }
    }
}
