/// The forms of link addresses (contract.md 2), as far as they can be judged without opening them.
enum LinkSyntax {
    /// What is wrong with an address, as the end of a sentence; nil where nothing is.
    ///
    /// It takes nothing that the links would refuse: an address that cannot be opened must not become configuration (S63).
    static func fault(in address: String, use: SettingKind.LinkUse) -> String? {
        let (scheme, rest, query) = parts(address)
        switch (use, scheme) {
        case (.pack, "serial"): return deviceFault(rest) ?? fault(in: query, number: "baud", among: serialRates)
        case (.pack, "tcp"): return query != nil || !isHostAndPort(rest) ? hostAndPort : nil
        case (.pack, "unix"):
            // The kernel has room for 107 bytes and the terminating zero.
            let path = address.utf8.count - "unix:".utf8.count
            return (1...107).contains(path) ? nil : "names no socket by a path of at most 107 bytes"
        case (.pack, "sim"): return pairs(query) == nil ? "must have key=value after the ?, each key once" : nil
        case (.can, "dry"): return rest.isEmpty && query == nil ? nil : "has more than dry:, which stands alone"
        case (.can, "socketcan"):
            guard (1...15).contains(rest.utf8.count), !rest.contains(where: { $0.isWhitespace || "/:".contains($0) })
            else { return "names no network interface (1 … 15 characters), as in socketcan:can0" }
            return fault(in: query, number: "bitrate", among: nil)
        case (.can, "slcan"): return deviceFault(rest) ?? fault(in: query, number: "bitrate", among: adapterRates)
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

    /// Baud rates of Linux.
    private static let serialRates = [
        1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000,
        1_500_000, 2_000_000, 3_000_000,
    ]
    /// Bit rates for which an slcan adapter has a command.
    private static let adapterRates = [
        10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000,
    ]
    /// Bit rates of a CAN interface.
    private static let busRates = 10_000...1_000_000

    private static let hostAndPort =
        "must have the form tcp:HOST:PORT with a port of 1 … 65535, an IPv6 address in brackets"

    private static func parts(_ address: String) -> (scheme: String, rest: String, query: String?) {
        let halves = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let body = String(halves.first ?? "")
        let query = halves.count > 1 ? String(halves[1]) : nil
        if body.hasPrefix("/") { return ("serial", body, query) }
        guard let colon = body.firstIndex(of: ":") else { return ("", body, query) }
        return (String(body[..<colon]), String(body[body.index(after: colon)...]), query)
    }

    private static func deviceFault(_ path: String) -> String? {
        path.hasPrefix("/") && path.utf8.count > 1 && !path.utf8.contains(0)
            ? nil : "names no device by its absolute path"
    }

    private static func isHostAndPort(_ rest: String) -> Bool {
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]), port > 0 else {
            return false
        }
        var host = rest[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        return !host.isEmpty && (isBracketed || !host.contains(":"))
            && !host.contains { $0.isWhitespace || "/[]?".contains($0) }
    }

    /// What follows the `?`; nil where it is not `key=value&…` with each key once.
    private static func pairs(_ query: String?) -> [String: Substring]? {
        guard let query else { return [:] }
        var pairs: [String: Substring] = [:]
        for part in query.split(separator: "&", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty, pairs.updateValue(pair[1], forKey: String(pair[0])) == nil else {
                return nil
            }
        }
        return pairs
    }

    /// A query in which one number may stand, of a list or, without one, of a CAN interface's rates.
    private static func fault(in query: String?, number key: String, among allowed: [Int]?) -> String? {
        guard let pairs = pairs(query), pairs.keys.allSatisfy({ $0 == key }) else {
            return "may have nothing but ?\(key)=NUMBER behind it"
        }
        guard let text = pairs[key] else { return nil }
        guard let number = Int(text), allowed?.contains(number) ?? busRates.contains(number) else {
            let words = allowed.map { $0.map(\.description).joined(separator: ", ") }
            return "has a \(key) that is none of: \(words ?? "\(busRates.lowerBound) … \(busRates.upperBound)")"
        }
        return nil
    }
}
