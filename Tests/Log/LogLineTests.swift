import JSONText
import Testing

@testable import Log

@Suite(.timeLimit(.minutes(1)))
struct LogLineTests {
    private func line(_ text: String, _ fields: [JSONValue.Member] = [], suppressed: Int = 0) -> LogLine {
        LogLine(
            number: 1, level: .warning, event: "bms.silent", text: text, fields: fields, uptime: .milliseconds(12_045),
            time: UTCTime(milliseconds: 1_740_816_000_123), suppressed: suppressed)
    }

    @Test func `the text form has time, uptime, level, event, sentence and fields (S90)`() {
        let text = line("The BMS is silent.", [.init("pack", 1), .init("age_s", .number(5.2))]).forPeople
        #expect(
            text == "2025-03-01T08:00:00.123Z +12.045 warning bms.silent: The BMS is silent. pack=1 age_s=5.2")
    }

    @Test func `the JSON form is one object with both clocks and the fields apart (S90)`() {
        let json = line("Old \"x\".", [.init("old_a", 10), .init("new_a", .null)], suppressed: 3).json.text
        #expect(
            json == """
                {"time":"2025-03-01T08:00:00.123Z","uptime_s":12.045,"level":"warning","event":"bms.silent",\
                "message":"Old \\"x\\".","fields":{"old_a":10,"new_a":null},"suppressed":3}
                """)
    }

    @Test(arguments: [
        ("/dev/ttyUSB0", "k=/dev/ttyUSB0"), ("two words", "k=\"two words\""), ("", "k=\"\""), ("a=b", "k=\"a=b\""),
        ("a\nb", "k=a\\nb"), ("\u{1B}[2J", "k=\\u{1B}[2J"), ("a\u{9B}b", "k=a\\u{9B}b"),
        ("\u{202E}x", "k=\\u{202E}x"),
    ])
    func `what came from outside can neither forge a line nor move the cursor`(value: String, expected: String) {
        #expect(line("Text.", [.init("k", .string(value))]).forPeople.hasSuffix("Text. " + expected))
    }

    @Test func `control characters in the sentence are escaped too`() {
        #expect(line("one\r\ntwo").forPeople.hasSuffix("bms.silent: one\\r\\ntwo"))
    }

    @Test(arguments: [(LogLevel.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3)])
    func `levels have the journal's priorities and their order`(level: LogLevel, priority: Int) {
        #expect(level.priority == priority)
        #expect(LogLevel.allCases.filter { $0 < level }.count == 7 - priority)
    }

    @Test(
        arguments: [
            ("8:42", "abc", "8:42", false, true), ("8:42", "abc", "8:43", false, false),
            ("8:42", nil, nil, false, false),
            (nil, "abc", "8:43", false, true), (nil, "abc", "8:43", true, false), (nil, nil, "8:43", false, false),
        ] as [(String?, String?, String?, Bool, Bool)])
    func `the journal is recognised by its stream, or by systemd's invocation`(
        stream: String?, invocation: String?, descriptor: String?, isTerminal: Bool, expected: Bool
    ) {
        #expect(
            Journal.reads(stream: stream, invocation: invocation, descriptor: descriptor, isTerminal: isTerminal)
                == expected)
    }
}
