/// The forms of link addresses (contract.md 2), as far as they can be judged without opening them.
enum LinkSyntax {
    /// What is wrong with an address, as the end of a sentence; nil where nothing is.
    static func fault(in address: String, use: SettingKind.LinkUse) -> String? {
        let (scheme, rest, query) = parts(address)
        switch (use, scheme) {
        case (.pack, "serial"):
            guard rest.hasPrefix("/"), rest.count > 1 else { return "names no device by its absolute path" }
            return fault(in: query, key: "baud", range: 300...4_000_000)
        case (.pack, "tcp"):
            guard let colon = rest.lastIndex(of: ":"), colon > rest.startIndex,
                let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port)
            else { return "must have the form tcp:HOST:PORT with a port of 1 … 65535" }
            return nil
        case (.pack, "unix"): return rest.isEmpty ? "names no socket" : nil
        case (.pack, "sim"): return nil
        case (.can, "dry"): return nil
        case (.can, "socketcan"):
            guard (1...15).contains(rest.utf8.count), !rest.contains("/"), !rest.contains(" ") else {
                return "names no network interface (1 … 15 characters), as in socketcan:can0"
            }
            return fault(in: query, key: "bitrate", range: 10_000...1_000_000)
        case (.can, "slcan"):
            guard rest.hasPrefix("/"), rest.count > 1 else { return "names no device by its absolute path" }
            return fault(in: query, key: "bitrate", range: 10_000...1_000_000)
        default:
            return "is no link address for this; allowed are \(SettingKind.link(use).bounds)"
        }
    }

    /// What an address occupies, so that two users of one thing can be found; nil where many may use it.
    static func device(_ address: String) -> String? {
        let (scheme, rest, _) = parts(address)
        switch scheme {
        case "serial", "slcan": return rest
        case "tcp", "unix", "socketcan": return scheme + ":" + rest
        default: return nil
        }
    }

    /// Whether an address is of a simulated pack.
    static func isSimulated(_ address: String) -> Bool { parts(address).scheme == "sim" }

    // MARK: - Private

    private static func parts(_ address: String) -> (scheme: String, rest: String, query: String) {
        let halves = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let body = String(halves.first ?? "")
        let query = halves.count > 1 ? String(halves[1]) : ""
        if body.hasPrefix("/") { return ("serial", body, query) }
        guard let colon = body.firstIndex(of: ":") else { return ("", body, query) }
        return (String(body[..<colon]), String(body[body.index(after: colon)...]), query)
    }

    private static func fault(in query: String, key: String, range: ClosedRange<Int>) -> String? {
        for pair in query.split(separator: "&") where pair.hasPrefix(key + "=") {
            guard let number = Int(pair.dropFirst(key.count + 1)), range.contains(number) else {
                return "has a \(key) outside \(range.lowerBound) … \(range.upperBound)"
            }
        }
        return nil
    }
}
