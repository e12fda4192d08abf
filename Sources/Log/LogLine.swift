package import JSONText

/// One event as it stands in the log.
package struct LogLine: Sendable, Hashable {
    /// Number of the line since process start, from 1, without gaps.
    package let number: Int
    /// How much it matters.
    package let level: LogLevel
    /// Kind of event: a dotted name from the code, such as `bms.unplugged`.
    package let event: String
    /// A sentence for people.
    package let text: String
    /// What belongs to it, in the order given; names carry units.
    package let fields: [JSONValue.Member]
    /// Time since process start on the boot-time clock.
    package let uptime: Duration
    /// Wall-clock time.
    package let time: UTCTime
    /// Lines of the same event that were suppressed before this one (S91).
    package let suppressed: Int

    /// The line as `GET /api/logs` and `--log-format json` show it.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("time", .string(time.description)), .init("uptime_s", .number(Double(uptimeMilliseconds) / 1000)),
            .init("level", .string(level.rawValue)), .init("event", .string(event)), .init("message", .string(text)),
        ]
        if !fields.isEmpty { members.append(.init("fields", .object(fields))) }
        if suppressed > 0 { members.append(.init("suppressed", .integer(suppressed))) }
        return .object(members)
    }

    /// The line for people: wall time, uptime, level, event, sentence, `key=value`.
    ///
    /// Control characters are written as escapes: what came from a wire or the web can neither forge a line nor move a
    /// terminal's cursor.
    package var forPeople: String {
        let milliseconds = String(uptimeMilliseconds % 1000)
        var out = "\(time) +\(uptimeMilliseconds / 1000)."
        out += String(repeating: "0", count: 3 - milliseconds.count) + milliseconds + " "
        out += level.rawValue + String(repeating: " ", count: 7 - level.rawValue.count)
        out += " \(event): \(Self.escaped(text))"
        for field in fields { out += " \(field.name)=\(Self.plain(field.value))" }
        if suppressed > 0 { out += " suppressed=\(suppressed)" }
        return out
    }

    // MARK: - Private

    private var uptimeMilliseconds: Int64 {
        let (seconds, attoseconds) = uptime.components
        return max(0, seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000)
    }

    private static func plain(_ value: JSONValue) -> String {
        guard case .string(let text) = value else { return escaped(value.text) }
        let isBare = !text.isEmpty && !text.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        return escaped(isBare ? text : value.text)
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case let control where isControl(control):
                out += "\\u{" + String(control.value, radix: 16, uppercase: true) + "}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // C0, DEL and C1; line and paragraph separators; the marks that turn the direction of writing.
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
