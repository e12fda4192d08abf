/// A line for a terminal: pieces with a look each, cut to a width without cutting an escape sequence.
struct TerminalText: Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// How a piece looks, as the parameters of the terminal's escape sequence.
    enum Look: String, Hashable {
        case plain = ""
        case bold = "1"
        case dim = "2"
        case good = "1;32"
        case warning = "1;33"
        case bad = "1;31"
    }

    private struct Piece: Hashable {
        var text: String
        var look: Look
    }

    private var pieces: [Piece] = []

    init(_ text: String, _ look: Look = .plain) { pieces = [Piece(text: text, look: look)] }
    init(stringLiteral value: String) { self.init(value) }

    static func + (left: TerminalText, right: TerminalText) -> TerminalText {
        var sum = left
        sum.pieces += right.pieces
        return sum
    }

    /// The line without looks.
    var plain: String { pieces.map(\.text).joined() }

    /// The line at most so many characters wide.
    func rendered(width: Int, isColoured: Bool) -> String {
        var left = max(0, width)
        var out = ""
        for piece in pieces where left > 0 {
            // What a peer or a file says must not steer the terminal.
            let text = String(piece.text.prefix(left).map { $0.unicodeScalars.contains { $0.value < 0x20 } ? "?" : $0 })
            left -= text.count
            out +=
                isColoured && piece.look != .plain ? "\u{1B}[\(piece.look.rawValue)m\(text)\u{1B}[0m" : text
        }
        return out
    }
}
