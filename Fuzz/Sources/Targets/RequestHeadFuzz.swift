@testable import HTTP

/// The reader of request heads: portions do not matter, and no other reader could find another request in what it takes.
enum RequestHeadFuzz {
    private static let limit = 2048

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let portion = 1 + Int(input.byte())
        let stream = input.rest()
        let whole = outcome(of: stream, portion: max(1, stream.count))
        let divided = outcome(of: stream, portion: portion)
        require(divided.text == whole.text, "portions of \(portion) make \(divided.text) of \(whole.text)")
        guard let head = whole.head else { return }
        let text = Array(stream[..<whole.length])
        require(whole.length <= limit, "\(whole.length) bytes of a head pass the limit")
        checkTarget(head)
        checkFields(head, text)
        checkRoundTrip(head)
        checkUse(head)
    }

    // MARK: - Private

    private struct Result {
        /// Everything that a caller sees of it.
        var text: String
        var head: RequestHead?
        var length = 0
    }

    /// What a reader says that is given so many bytes more each time, as a connection does.
    private static func outcome(of stream: [UInt8], portion: Int) -> Result {
        var reader = RequestHeadReader(limit: limit)
        for end in stride(from: min(portion, stream.count), through: stream.count, by: portion)
        where !stream.isEmpty {
            if let result = result(reader.read(Array(stream[..<end]))) { return result }
        }
        return result(reader.read(stream)) ?? Result(text: "incomplete")
    }

    private static func result(_ outcome: RequestHeadReader.Outcome) -> Result? {
        switch outcome {
        case .incomplete: return nil
        case .refused(let problem): return Result(text: "\(problem.status) \(problem.detail)")
        case .head(let head, let length): return Result(text: "\(length): \(head)", head: head, length: length)
        }
    }

    /// A path leads down from the root, and holds nothing that a log or a file name should not.
    private static func checkTarget(_ head: RequestHead) {
        require(head.path.hasPrefix("/"), "the path is \(head.path)")
        let isClimbing = head.path.split(separator: "/").contains { $0 == ".." || $0 == "." }
        require(!isClimbing, "\(head.target) climbs")
        let texts = [head.path] + head.query.flatMap { [$0.name, $0.value] }
        for text in texts {
            require(text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "\(head.target) holds a control character")
        }
        let again = HTTPRequest(method: head.method, target: encoded(head))
        require(
            again?.path == head.path && again?.query.map(\.name) == head.query.map(\.name)
                && again?.query.map(\.value) == head.query.map(\.value),
            "\(head.target) is written \(encoded(head)) and read \(String(describing: again?.path))")
    }

    /// The path and query with every byte escaped that may be.
    private static func encoded(_ head: RequestHead) -> String {
        func escaped(_ text: String, keeping kept: String = "") -> String {
            text.utf8.map { byte in
                let isPlain = (48...57).contains(byte) || (97...122).contains(byte) || kept.utf8.contains(byte)
                let digits = String(byte, radix: 16)
                return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
            }.joined()
        }
        let query = head.query.map { escaped($0.name) + "=" + escaped($0.value) }.joined(separator: "&")
        return escaped(head.path, keeping: "/") + (query.isEmpty ? "" : "?" + query)
    }

    /// Counted by hand in the bytes: lines end with CR LF alone, and the body's length is said once at most.
    private static func checkFields(_ head: RequestHead, _ text: [UInt8]) {
        for (index, byte) in text.enumerated() where byte == 13 || byte == 10 {
            let isPair =
                byte == 13
                ? index + 1 < text.count && text[index + 1] == 10 : index > 0 && text[index - 1] == 13
            // What stands before the request line is passed over, whatever it is.
            require(isPair || index < 8, "a bare line end at \(index) of a head")
        }
        let lines = String(decoding: text, as: UTF8.self).lowercased().split(separator: "\r\n")
        let lengths = lines.count { $0.hasPrefix("content-length:") }
        let codings = lines.count { $0.hasPrefix("transfer-encoding:") }
        require(lengths + codings <= 1, "\(lengths) lengths and \(codings) codings")
        switch head.framing {
        case .none: require(codings == 0, "a coding is passed over")
        case .length(let length):
            require(length > 0 && lengths == 1, "a length of \(length) from \(lengths) fields")
        case .chunked: require(codings == 1 && head.takesChunks, "chunks from HTTP/1.0, or from no field")
        }
        let hosts = lines.count { $0.hasPrefix("host:") }
        require(hosts == 1 || hosts == 0 && !head.takesChunks, "\(hosts) fields Host")
    }

    /// A head that is written from what was read is read the same.
    private static func checkRoundTrip(_ head: RequestHead) {
        var text = "\(head.method.rawValue) \(head.target) HTTP/1.\(head.takesChunks ? 1 : 0)\r\n"
        for field in head.headers { text += field.name + ": " + field.value + "\r\n" }
        var reader = RequestHeadReader(limit: 2 * limit)
        guard case .head(let again, let length) = reader.read(Array((text + "\r\n").utf8)) else {
            return require(false, "\(text) is no head")
        }
        require(length == text.utf8.count + 2, "\(length) of \(text)")
        require("\(again)" == "\(head)", "\(head) becomes \(again)")
    }

    /// What the server does next with a head that it took.
    private static func checkUse(_ head: RequestHead) {
        let request = HTTPRequest(method: head.method, path: head.path, query: head.query, headers: head.headers)
        _ = (request.cookie("id"), request.bearerToken, request.isJSON, head.webSocketKey)
        guard let host = head.headers["Host"], let name = HostCheck.name(of: host) else { return }
        let isLocal = ["localhost", "127.0.0.1", "::1"].contains(name.lowercased())
        require(
            HostCheck.isOwn(host: host, names: ["bridge"], addresses: []) == (isLocal || name.lowercased() == "bridge"),
            "S74: \(host) is judged wrongly")
        let isBracketed = host.hasPrefix("[")
        require(name.contains(":") == isBracketed, "\(host) is named \(name)")
    }
}
