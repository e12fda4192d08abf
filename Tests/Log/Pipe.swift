import Dispatch
import Glibc
import Synchronization

@testable import Log

/// A pipe in place of standard error.
final class Pipe: Sendable {
    let input: Int32
    let output: Int32

    /// Makes a pipe that holds one page.
    init() {
        var descriptors: [Int32] = [-1, -1]
        pipe(&descriptors)
        output = descriptors[0]
        input = descriptors[1]
        let setPipeSize: Int32 = 1031
        _ = fcntl(input, setPipeSize, 4096)
    }

    /// Reads on a thread of its own until the pipe's input is closed.
    func startReading() throws -> Reading {
        let reading = Reading()
        _ = try DedicatedThread(named: "reader") { [output] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(output, &buffer, buffer.count)
                guard count > 0 else { break }
                let part = Array(buffer[..<count])
                reading.bytes.withLock { $0 += part }
            }
            reading.ended.signal()
        }
        return reading
    }

    /// What a reader has read.
    final class Reading: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let ended = DispatchSemaphore(value: 0)

        /// All lines, once the pipe's input is closed.
        func lines() -> [String] {
            ended.wait()
            return bytes.withLock { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) }
        }
    }
}

/// Runs a body with a logger and gives back the lines that it wrote.
func written(
    format: LogFormat = .text, minimum: LogLevel = .debug, withPriority: Bool = false, clock: LogClock = .still,
    _ body: (Logger) -> Void
) throws -> [String] {
    let pipe = Pipe()
    let reading = try pipe.startReading()
    let logger = try Logger(
        format: format, minimum: minimum, descriptor: pipe.input, withPriority: withPriority, clock: clock)
    body(logger)
    logger.flush(timeout: .seconds(30))
    close(pipe.input)
    defer { close(pipe.output) }
    return reading.lines()
}

extension LogClock {
    /// 2025-03-01T08:00:00.123Z, 12.345 s after start, for ever.
    static let still = LogClock(
        uptime: { .milliseconds(12_345) }, wall: { UTCTime(milliseconds: 1_740_816_000_123) })
}

/// A clock that tests move.
final class HandClock: Sendable {
    private let elapsed = Mutex(Duration.zero)

    var clock: LogClock {
        LogClock(
            uptime: { self.elapsed.withLock { $0 } },
            wall: { UTCTime(milliseconds: Int64(self.elapsed.withLock { $0 } / .milliseconds(1))) })
    }

    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}
