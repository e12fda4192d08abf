import JSONText

/// How lines look on standard error (`--log-format`, contract.md 1).
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// For people.
    case text
    /// One JSON object a line.
    case json

    /// Writes a line.
    ///
    /// - Parameters:
    ///   - line: what is written.
    ///   - withPriority: whether to begin with `<N>`, which journald takes off again.
    /// - Returns: its bytes, line feed included.
    func bytes(of line: LogLine, withPriority: Bool) -> [UInt8] {
        var out: [UInt8] = []
        if withPriority { out += "<\(line.level.priority)>".utf8 }
        switch self {
        case .text: out += line.forPeople.utf8
        case .json: line.json.append(to: &out)
        }
        out.append(UInt8(ascii: "\n"))
        return out
    }
}
