import JSONText

/// What one check of `cellbridge doctor` found.
struct Finding: Hashable, Sendable {
    /// How it stands.
    enum Mark: String, Sendable {
        case ok
        /// It works, but not as it should, or not yet.
        case warn
        case fail
    }

    /// What was looked at, in one word.
    var check: String
    var mark: Mark
    /// What is there.
    var found: String
    /// What to do; nil where nothing is to be done.
    var mend: String?
    /// Whether a failure is one of the configuration, for the exit code.
    var isConfiguration = false

    static func ok(_ check: String, _ found: String) -> Finding { Finding(check: check, mark: .ok, found: found) }

    static func warn(_ check: String, _ found: String, mend: String) -> Finding {
        Finding(check: check, mark: .warn, found: found, mend: mend)
    }

    static func fail(_ check: String, _ found: String, mend: String) -> Finding {
        Finding(check: check, mark: .fail, found: found, mend: mend)
    }

    /// The configuration is at fault; its sentences carry their mend.
    static func misconfigured(_ check: String, _ found: String, mend: String? = nil) -> Finding {
        Finding(check: check, mark: .fail, found: found, mend: mend, isConfiguration: true)
    }

    /// The line for people, its columns so wide.
    func line(width: Int) -> TerminalText {
        let look: TerminalText.Look =
            switch mark {
            case .ok: .good
            case .warn: .warning
            case .fail: .bad
            }
        let name = check + String(repeating: " ", count: max(0, width - check.count))
        return TerminalText(mark == .ok ? "ok  " : mark.rawValue, look)
            + TerminalText("  \(name)  \(found)" + (mend.map { ": \($0)" } ?? ""))
    }

    /// The object for programs.
    var json: JSONValue {
        [
            "check": .string(check), "mark": .string(mark.rawValue), "found": .string(found), "mend": .init(mend),
        ]
    }
}

extension [Finding] {
    /// 0 while nothing fails, 78 where only the configuration does, else 69.
    var exitCode: ExitCode {
        let failures = filter { $0.mark == .fail }
        guard !failures.isEmpty else { return .good }
        return failures.allSatisfy(\.isConfiguration) ? .configuration : .unavailable
    }

    /// How many of each.
    var summary: String {
        let warnings = filter { $0.mark == .warn }.count
        let failures = filter { $0.mark == .fail }.count
        guard warnings + failures > 0 else { return "All is well." }
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return count(failures, "failure") + ", " + count(warnings, "warning")
    }
}
