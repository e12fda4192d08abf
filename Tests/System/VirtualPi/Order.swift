import Links

/// Something that a virtual machine does or did, with what it says.
final class Order: Sendable {
    /// One line.
    struct Line: Sendable {
        /// When it came here.
        var at: Moment
        /// When it was said: seconds since the machine's boot.
        var uptime: Double
        var text: String
    }

    let command: String
    let lines: Journal<Line>
    let ended: Journal<Int32>
    private let process: Journal<Int32>

    init(_ command: String, _ loop: EventLoop) {
        self.command = command
        (lines, ended, process) = (Journal(loop), Journal(loop), Journal(loop))
    }

    /// Waits for the process's end.
    ///
    /// - Returns: its code, as a shell has it; nil once the bound is over.
    func end(within bound: Duration) async -> Int32? { await ended.wait(within: bound) { $0.first } }

    /// The process's number in the machine.
    func pid(within bound: Duration) async -> Int32? { await process.wait(within: bound) { $0.first } }

    /// Waits for a line that holds some words, after a moment where one is given.
    func line(_ words: String, after moment: Moment? = nil, within bound: Duration) async throws -> Line {
        let found = await lines.first(within: bound) { line in
            line.text.contains(words) && moment.map { line.at > $0 } ?? true
        }
        guard let found else { throw Bench.Missed(description: "no '\(words)' within \(bound.text): \(story)") }
        return found
    }

    /// The lines that hold some words, after a moment where one is given.
    func all(_ words: String, after moment: Moment? = nil) -> [Line] {
        lines.all.filter { line in line.text.contains(words) && moment.map { line.at > $0 } ?? true }
    }

    /// What it said last, for messages.
    var story: String {
        "`\(command)` \(ended.all.first.map { "ended with \($0)" } ?? "goes on")"
            + lines.all.suffix(20).map { "\n    \($0.uptime) \($0.text)" }.joined()
    }

    /// Takes a line of the machine.
    func take(_ line: Line) {
        let words = line.text.split(separator: " ")
        if words.count == 2, words[0] == "pid", process.count == 0, let pid = Int32(words[1]) {
            process.add(pid)
        } else if words.count == 2, words[0] == "exit", let code = Int32(words[1]) {
            ended.add(code)
        } else {
            lines.add(line)
        }
    }
}
