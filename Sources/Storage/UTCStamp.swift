/// A wall-clock moment as people and file names need it.
package enum UTCStamp {
    /// `20251120T103900Z`, for file names.
    package static func compact(milliseconds: Int64) -> String {
        let parts = parts(milliseconds)
        return digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2) + "T" + digits(parts.hour, 2)
            + digits(parts.minute, 2) + digits(parts.second, 2) + "Z"
    }

    /// RFC 3339 with milliseconds: `2025-11-20T10:39:00.000Z`.
    package static func text(milliseconds: Int64) -> String {
        let parts = parts(milliseconds)
        return digits(parts.year, 4) + "-" + digits(parts.month, 2) + "-" + digits(parts.day, 2) + "T"
            + digits(parts.hour, 2) + ":" + digits(parts.minute, 2) + ":" + digits(parts.second, 2) + "."
            + digits(parts.millisecond, 3) + "Z"
    }

    // MARK: - Private

    private struct Parts {
        var year: Int64
        var month: Int64
        var day: Int64
        var hour: Int64
        var minute: Int64
        var second: Int64
        var millisecond: Int64
    }

    private static func parts(_ milliseconds: Int64) -> Parts {
        // Years 0 to 9999, so that four digits always do and no sum can overflow.
        let moment = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999) + 62_167_219_200_000
        let (day, rest) = moment.quotientAndRemainder(dividingBy: 86_400_000)
        // The calendar repeats every 400 years of 146 097 days. Counted from 1 March of year 0 (60 days later), the leap
        // day is the last of its year and every rule is a division; one era is added to stay above zero.
        let shifted = day - 60 + 146_097
        let (era, inEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let year = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * year + year / 4 - year / 100)
        let month = (5 * inYear + 2) / 153
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return Parts(
            year: year + (era - 1) * 400 + (calendarMonth <= 2 ? 1 : 0), month: calendarMonth,
            day: inYear - (153 * month + 2) / 5 + 1, hour: rest / 3_600_000, minute: rest / 60_000 % 60,
            second: rest / 1000 % 60, millisecond: rest % 1000)
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
