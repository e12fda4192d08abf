/// Rows in columns that line up.
enum Table {
    /// Lines with each column as wide as its widest cell, two spaces apart, nothing behind the last one.
    static func lines(_ rows: [[String]], heading: [String]? = nil) -> [String] {
        let all = (heading.map { [$0] } ?? []) + rows
        let columns = all.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return all.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            var line = Substring(cells.joined(separator: "  "))
            while line.last == " " { line.removeLast() }
            return String(line)
        }
    }
}
