import Glibc

/// A moment of the wall clock, for people and files; never for an age or a timer (safety.md 1).
package struct UTCTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let milliseconds: Int64

    /// Creates a moment from Unix milliseconds.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The wall clock now.
    package static var now: UTCTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(milliseconds: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000)
    }

    package static func < (left: UTCTime, right: UTCTime) -> Bool { left.milliseconds < right.milliseconds }

    /// RFC 3339 with milliseconds: `2025-03-01T08:00:00.000Z`.
    ///
    /// Moments outside the years 0000...9999, which the format cannot write, are given as the nearest that it can.
    package var description: String {
        let moment = min(max(milliseconds, Self.yearZero), Self.endOfYear9999)
        let (day, inDay) = Self.divide(moment, by: 86_400_000)
        let (year, month, dayOfMonth) = Self.civil(day: day)
        let (minute, second) = Self.divide(inDay / 1000, by: 60)
        return Self.digits(year, 4) + "-" + Self.digits(month, 2) + "-" + Self.digits(dayOfMonth, 2) + "T"
            + Self.digits(minute / 60, 2) + ":" + Self.digits(minute % 60, 2) + ":" + Self.digits(second, 2) + "."
            + Self.digits(inDay % 1000, 3) + "Z"
    }

    // MARK: - Private

    private static let yearZero: Int64 = -62_167_219_200_000
    private static let endOfYear9999: Int64 = 253_402_300_799_999
    /// Days of a year that begins on 1 March, up to the first of each of its months.
    private static let daysBeforeMonth: [Int64] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337]

    /// Year, month and day of a day counted from 1970-01-01.
    ///
    /// Years are taken to begin on 1 March, so that a leap day is the last day of its year, of its four years and of
    /// its four hundred. Each cycle is then a number of equal shorter ones, the last of which alone may differ by a day.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 0000-03-01 is 719 468 days before 1970-01-01.
        let (fourCenturies, dayOfCycle) = divide(day + 719_468, by: 146_097)
        let century = min(dayOfCycle / 36_524, 3)
        let dayOfCentury = dayOfCycle - century * 36_524
        let (fourYears, dayOfFourYears) = divide(dayOfCentury, by: 1_461)
        let single = min(dayOfFourYears / 365, 3)
        let dayOfYear = dayOfFourYears - single * 365
        let month = daysBeforeMonth.lastIndex { $0 <= dayOfYear } ?? 0
        let year = fourCenturies * 400 + century * 100 + fourYears * 4 + single
        let isNextYear = month >= 10
        return (
            year + (isNextYear ? 1 : 0), Int64(month) + (isNextYear ? -9 : 3), dayOfYear - daysBeforeMonth[month] + 1
        )
    }

    /// Quotient rounded down, and the remainder, never negative.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func digits(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
