import Battery

/// Figures as lines of text, one a figure.
package enum FigureTable {
    /// The heading over the lines.
    package static var heading: String {
        columns(["figure", "value", "limit, or peer in the same run", "ratio", "bar", "met", "load", "n"])
    }

    /// One figure as one line; its note follows in brackets.
    package static func line(_ figure: Figure) -> String {
        let limit = figure.limit.map { "\(short($0.value)) \(figure.unit) \($0.name)" } ?? "-"
        let met = figure.isMet.map { $0 ? "yes" : "NO" } ?? "-"
        let line = columns([
            figure.name, "\(short(figure.value)) \(figure.unit)", limit, figure.ratio.map(short) ?? "-",
            figure.bar?.text(unit: figure.unit) ?? "-", met, figure.load.decimal(1), "\(figure.count)",
        ])
        return figure.note.isEmpty ? line : line + "  [\(figure.note)]"
    }

    /// A number with three significant digits; from a thousand on whole.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let size = value.magnitude
        if size >= 100 || size == size.rounded() { return value.decimal(0) }
        if size >= 10 { return value.decimal(1) }
        return size >= 1 ? value.decimal(2) : value.decimal(3)
    }

    // MARK: - Private

    private static let widths = [36, 16, 44, 7, 18, 4, 5, 6]

    private static func columns(_ texts: [String]) -> String {
        zip(texts, widths).map { text, width in
            text + String(repeating: " ", count: max(0, width - text.count))
        }.joined(separator: " ")
    }
}
