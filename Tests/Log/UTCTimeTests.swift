import Glibc
import Log
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UTCTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_740_816_000_123, "2025-03-01T08:00:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (Int64.min, "0000-01-01T00:00:00.000Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `a moment is written as RFC 3339 with milliseconds`(milliseconds: Int64, text: String) {
        #expect(UTCTime(milliseconds: milliseconds).description == text)
    }

    @Test func `the calendar agrees with the C library over ten thousand years`() {
        // Every 29th day from 0000-01-01 on: all months, all kinds of leap year.
        for day in stride(from: -719_528, to: 2_932_896, by: 29) {
            var seconds = time_t(day * 86_400 + 43_199)
            var expected = tm()
            gmtime_r(&seconds, &expected)
            let text = UTCTime(milliseconds: Int64(seconds) * 1000).description
            let parts = text.prefix(10).split(separator: "-").compactMap { Int32($0) }
            guard parts == [expected.tm_year + 1900, expected.tm_mon + 1, expected.tm_mday] else {
                Issue.record("\(text) is not \(expected)")
                return
            }
        }
    }
}
