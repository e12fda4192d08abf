import Glibc
import JSONText

/// Where `watch` draws.
protocol WatchScreen: AnyObject {
    /// Draws an answer of the daemon; false when nobody looks any more.
    func show(_ line: [UInt8]) -> Bool
    /// Says that there is no news, and why.
    func lose(_ reason: String)
    /// Leaves the terminal as it was.
    func close()
}

/// A terminal of its own page, redrawn in place; the last picture stays when it is left.
final class TerminalScreen: WatchScreen {
    private var picture: [TerminalText] = [TerminalText("Waiting for the daemon …", .dim)]
    private var lost: (reason: String, since: ContinuousClock.Instant)?
    private let isColoured = Environment.all["NO_COLOR"].map(\.isEmpty) ?? true

    init() {
        // The other page, without a cursor.
        write("\u{1B}[?1049h\u{1B}[?25l")
        draw()
    }

    func show(_ line: [UInt8]) -> Bool {
        guard let status = JSONTree(line)?["status"] else { return true }
        lost = nil
        let heading = TerminalText("cellbridge  \(status["time"].string ?? "")", .dim)
        picture = [heading, ""] + WatchPicture(status: status).lines
        return draw()
    }

    func lose(_ reason: String) {
        if lost?.reason != reason { lost = (reason, lost?.since ?? .now) }
        draw()
    }

    func close() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        for line in shown { Console.print(line.rendered(width: Console.size.columns, isColoured: isColoured)) }
    }

    // MARK: - Private

    /// The picture, old news marked as such.
    private var shown: [TerminalText] {
        guard let lost else { return picture }
        let age = WatchPicture.span((.now - lost.since) / .seconds(1))
        let banner = TerminalText("NO CONTACT ", .bad) + "\(lost.reason) (since \(age)); what follows is old"
        return [banner, ""] + picture.map { TerminalText($0.plain, .dim) }
    }

    @discardableResult
    private func draw() -> Bool {
        let (rows, columns) = Console.size
        // Home, each line cleared behind its end, then everything below: no flicker, as nothing is blank in between.
        let lines = shown.prefix(rows).map { $0.rendered(width: columns, isColoured: isColoured) + "\u{1B}[K" }
        return write("\u{1B}[H" + lines.joined(separator: "\r\n") + "\u{1B}[J")
    }

    @discardableResult
    private func write(_ text: String) -> Bool { Console.write(Array(text.utf8), to: STDOUT_FILENO) }
}

/// What both forms for programs and files do: speak only of changes.
class ChangeScreen: WatchScreen {
    private var last: JSONTree?
    private var isLost = false

    /// Writes a changed status; the line is the daemon's own.
    func tell(_ status: JSONTree, _ line: [UInt8]) -> Bool { true }

    final func show(_ line: [UInt8]) -> Bool {
        guard let status = JSONTree(line)?["status"], status != .null else { return true }
        if isLost { Console.complain("cellbridge watch: the daemon answers again") }
        isLost = false
        let timeless = status.timeless
        guard timeless != last else { return true }
        last = timeless
        return tell(status, line)
    }

    final func lose(_ reason: String) {
        if !isLost { Console.complain("cellbridge watch: \(reason)") }
        isLost = true
        // What comes after is news, whatever it says.
        last = nil
    }

    final func close() {}
}

/// One JSON line per change.
final class JSONScreen: ChangeScreen {
    private static let opening = Array(#"{"ok":true,"status":"#.utf8)

    override func tell(_ status: JSONTree, _ line: [UInt8]) -> Bool {
        // The document as the daemon wrote it, its members in their order.
        guard line.starts(with: Self.opening), line.last == UInt8(ascii: "}") else {
            return Console.write(line + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
        }
        return Console.write(line[Self.opening.count...].dropLast() + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
    }
}

/// One line per change for a file or a pipe.
final class SummaryScreen: ChangeScreen {
    override func tell(_ status: JSONTree, _ line: [UInt8]) -> Bool {
        Console.print(WatchPicture(status: status).summary)
    }
}
