import Links

/// A recording as text.
enum CaptureText {
    /// Reads every line; empty ones count for nothing.
    ///
    /// - Throws: a command failure that names the first line that is none.
    static func records(_ text: String, name: String) throws(CommandFailure) -> [CaptureRecord] {
        var records: [CaptureRecord] = []
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        where line.contains(where: { $0 > 0x20 }) {
            do throws(CaptureError) {
                records.append(try CaptureRecord(line: Substring(line)))
            } catch {
                throw CommandFailure(.badData, "cellbridge replay: \(name), line \(index + 1): \(error)")
            }
        }
        guard !records.isEmpty else {
            throw CommandFailure(.badData, "cellbridge replay: \(name) holds no record")
        }
        // Several wires, or several files one behind the other, need not be in order.
        return records.enumerated().sorted {
            ($0.element.microseconds, $0.offset) < ($1.element.microseconds, $1.offset)
        }
        .map(\.element)
    }
}
