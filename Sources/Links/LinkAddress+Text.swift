extension LinkAddress: CustomStringConvertible {
    /// Reads the address of a byte link (contract.md 2).
    ///
    /// - Throws: `.badAddress` with the mend.
    package static func byteLink(_ text: String) throws(LinkError) -> LinkAddress {
        if text.hasPrefix("/") { return try serial(text, in: text) }
        let (scheme, rest) = split(text)
        switch scheme {
        case "serial": return try serial(rest, in: text)
        case "tcp": return try tcp(rest, in: text)
        case "unix":
            // The kernel has room for 107 bytes and the terminating zero.
            guard !rest.isEmpty, rest.utf8.count <= 107 else {
                throw .badAddress(text, reason: "write the socket's path after unix:, at most 107 bytes")
            }
            return .unix(path: rest)
        case "sim": return try simulated(rest, in: text)
        case "dry", "socketcan", "slcan":
            throw .badAddress(
                text, reason: "\(text.prefix(while: { $0 != ":" })): is a CAN link; a pack needs a serial one")
        default:
            throw .badAddress(
                text, reason: "write /dev/…, serial:/dev/…, tcp:HOST:PORT, unix:PATH or sim:SCENARIO")
        }
    }

    /// Reads the address of a CAN bus (contract.md 2).
    ///
    /// - Throws: `.badAddress` with the mend.
    package static func canBus(_ text: String) throws(LinkError) -> LinkAddress {
        let (scheme, rest) = split(text)
        switch scheme {
        case "dry":
            guard rest.isEmpty else { throw .badAddress(text, reason: "nothing follows dry:") }
            return .dry
        case "socketcan": return try socketCAN(rest, in: text)
        case "slcan": return try slcan(rest, in: text)
        default:
            throw .badAddress(text, reason: "write socketcan:can0, slcan:/dev/ttyACM0 or dry:")
        }
    }

    /// The address as it is written in a configuration; reads back as the same address.
    package var description: String {
        switch self {
        case .serial(let path, nil): path
        case .serial(let path, let baud?): "serial:\(path)?baud=\(baud)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .simulated(let scenario, let parameters):
            "sim:\(scenario)"
                + Self.query(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        case .dry: "dry:"
        case .socketCAN(let interface, let bitRate):
            "socketcan:\(interface)" + Self.query(bitRate.map { [("bitrate", "\($0)")] } ?? [])
        case .slcan(let path, let bitRate):
            "slcan:\(path)" + Self.query(bitRate.map { [("bitrate", "\($0)")] } ?? [])
        }
    }

    // MARK: - Private

    private static func serial(_ rest: String, in text: String) throws(LinkError) -> LinkAddress {
        let (path, query) = try splitQuery(rest, in: text, allowing: ["baud"])
        try checkDevice(path, in: text)
        guard let word = query["baud"] else { return .serial(path: path, baud: nil) }
        guard let baud = Int(word), SerialSettings.rates[baud] != nil else {
            throw .badAddress(text, reason: "\(word) is not a baud rate; write one like 9600 or 115200")
        }
        return .serial(path: path, baud: baud)
    }

    private static func tcp(_ rest: String, in text: String) throws(LinkError) -> LinkAddress {
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]), port > 0 else {
            throw .badAddress(text, reason: "write tcp:HOST:PORT with a port from 1 to 65535")
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .badAddress(text, reason: "write an IPv6 address in brackets: tcp:[::1]:PORT")
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "/[]?".contains($0) }) else {
            throw .badAddress(text, reason: "write a host name or an address between tcp: and the port")
        }
        return .tcp(host: String(host), port: port)
    }

    private static func simulated(_ rest: String, in text: String) throws(LinkError) -> LinkAddress {
        let (scenario, query) = try splitQuery(rest, in: text, allowing: nil)
        return .simulated(scenario: scenario, parameters: query)
    }

    private static func socketCAN(_ rest: String, in text: String) throws(LinkError) -> LinkAddress {
        let (interface, query) = try splitQuery(rest, in: text, allowing: ["bitrate"])
        // IFNAMSIZ is 16 with the terminating zero.
        guard (1...15).contains(interface.utf8.count),
            !interface.contains(where: { $0.isWhitespace || "/:".contains($0) })
        else {
            throw .badAddress(text, reason: "write the interface's name, as in socketcan:can0; `ip link` lists them")
        }
        guard let word = query["bitrate"] else { return .socketCAN(interface: interface, bitRate: nil) }
        guard let bitRate = UInt32(word), (10_000...1_000_000).contains(bitRate) else {
            throw .badAddress(text, reason: "a bit rate is a number from 10000 to 1000000; Victron's is 500000")
        }
        return .socketCAN(interface: interface, bitRate: bitRate)
    }

    private static func slcan(_ rest: String, in text: String) throws(LinkError) -> LinkAddress {
        let (path, query) = try splitQuery(rest, in: text, allowing: ["bitrate"])
        try checkDevice(path, in: text)
        guard let word = query["bitrate"] else { return .slcan(path: path, bitRate: nil) }
        guard let bitRate = UInt32(word), SLCANCommand.rates[bitRate] != nil else {
            let rates = SLCANCommand.rates.keys.sorted().map { "\($0)" }.joined(separator: ", ")
            throw .badAddress(text, reason: "an slcan adapter does one of the bit rates \(rates)")
        }
        return .slcan(path: path, bitRate: bitRate)
    }

    private static func checkDevice(_ path: String, in text: String) throws(LinkError) {
        guard path.hasPrefix("/"), path.utf8.count > 1, !path.utf8.contains(0) else {
            throw .badAddress(text, reason: "write the port's whole path, best one of /dev/serial/by-id/…")
        }
    }

    private static func split(_ text: String) -> (scheme: Substring, rest: String) {
        guard let colon = text.firstIndex(of: ":") else { return ("", text) }
        return (text[..<colon], String(text[text.index(after: colon)...]))
    }

    /// Separates `?key=value&…`; a key may be given once, and must be among `allowed` unless that is nil.
    private static func splitQuery(
        _ rest: String, in text: String, allowing allowed: Set<String>?
    ) throws(LinkError) -> (String, [String: String]) {
        guard let mark = rest.firstIndex(of: "?") else { return (rest, [:]) }
        var query: [String: String] = [:]
        for part in rest[rest.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = pair.first.map(String.init), !key.isEmpty, pair.count == 2 else {
                throw .badAddress(text, reason: "write key=value after the ?, more of them after &")
            }
            if let allowed, !allowed.contains(key) {
                throw .badAddress(
                    text, reason: "\(key) is not known here, only \(allowed.sorted().joined(separator: ", "))")
            }
            guard query.updateValue(String(pair[1]), forKey: key) == nil else {
                throw .badAddress(text, reason: "\(key) is given twice")
            }
        }
        return (String(rest[..<mark]), query)
    }

    private static func query(_ pairs: [(String, String)]) -> String {
        pairs.isEmpty ? "" : "?" + pairs.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}
