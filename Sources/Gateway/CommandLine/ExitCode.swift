/// Exit codes of contract.md 1 (sysexits).
enum ExitCode: Int32, CaseIterable {
    case good = 0
    /// A simulated gateway broke a rule of safety.md.
    case violation = 1
    case usage = 64
    case badData = 65
    case unavailable = 69
    case internalError = 70
    case inputOutput = 74
    case configuration = 78
}

/// A command that cannot go on: one clear line on stderr, and the code to leave with.
struct CommandFailure: Error {
    let code: ExitCode
    /// What, where and the mend.
    let sentence: String

    init(_ code: ExitCode, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    /// The same with its reason.
    func because(_ reason: String) -> CommandFailure { CommandFailure(code, "\(sentence) (\(reason))") }

    /// Wrong words on the command line.
    static func usage(_ sentence: String) -> CommandFailure { CommandFailure(.usage, sentence) }
}
