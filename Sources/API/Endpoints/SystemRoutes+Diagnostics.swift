import Access
import Actors
import Configuration
import HTTP
import JSONText
import Log

/// A bundle for somebody who helps: everything that explains what the gateway does, without its secrets.
extension SystemRoutes {
    var diagnostics: [Route] {
        [
            Route(
                .get, "/api/diagnostics", Demand(.scope(.admin)), Self.group,
                "A tar of configuration, state and log, secrets left out",
                query: [.init("preview", .bool, "Only says what would be in it.")],
                [
                    Route.Answer(
                        status: 200,
                        content: .json(
                            .object([
                                .must("files", .array(.object([.must("name", .text()), .must("about", .text())]))),
                                .must("redacted", .array(.text())),
                            ])), about: "The preview; without it an application/x-tar.",
                        alternative: "application/x-tar")
                ]
            ) { call in
                guard !call.flag("preview") else { return .json(preview) }
                let time = parts.wall().description.prefix(19).filter { $0 != ":" && $0 != "-" }
                return HTTPResponse(
                    headers: [
                        "Content-Type": "application/x-tar", "Cache-Control": "no-store",
                        "Content-Disposition": "attachment; filename=\"cellbridge-diagnostics-\(time).tar\"",
                    ], body: .stream(TarStream(files, wall: parts.wall)))
            }
        ]
    }

    /// One file of the bundle, made when its turn comes.
    struct File: Sendable {
        var name: String
        var about: String
        var content: @Sendable () async -> [UInt8]
    }

    // MARK: - Private

    private var preview: JSONValue {
        [
            "files": .array(files.map { ["name": .string($0.name), "about": .string($0.about)] }),
            "redacted": .array(
                parts.manager.rules.schema.definitions.filter(\.isSecret).map { .string($0.key) }
                    + ["passwords, tokens and sessions", "the private key"]),
        ]
    }

    private var files: [File] {
        [
            File(name: "system.json", about: "version, computer, parts with their restarts") {
                Self.bytes(await document())
            },
            File(name: "status.json", about: "the live picture") { Self.bytes(parts.status()) },
            File(name: "configuration.json", about: "the stored configuration, without secrets") {
                Self.bytes((try? await parts.manager.export()) ?? .null)
            },
            File(name: "configuration-history.json", about: "who changed what, without secrets") {
                let generations = (try? await parts.manager.history(limit: 100)) ?? []
                return Self.bytes(.array(generations.map(\.json)))
            },
            File(name: "log.jsonl", about: "the recent log") {
                var bytes: [UInt8] = []
                for line in parts.logger.recent() {
                    line.json.append(to: &bytes)
                    bytes.append(UInt8(ascii: "\n"))
                }
                return bytes
            },
        ]
    }

    private static func bytes(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        return bytes + [UInt8(ascii: "\n")]
    }
}

/// Files as one tar (POSIX ustar), made piece by piece.
actor TarStream: BodySource {
    private var files: [SystemRoutes.File]
    private let wall: @Sendable () -> UTCTime
    private var isEnded = false

    init(_ files: [SystemRoutes.File], wall: @escaping @Sendable () -> UTCTime) {
        self.files = files
        self.wall = wall
    }

    func next() async throws -> [UInt8]? {
        guard !files.isEmpty else {
            defer { isEnded = true }
            // Two empty blocks are the end.
            return isEnded ? nil : [UInt8](repeating: 0, count: 1024)
        }
        let file = files.removeFirst()
        let content = await file.content()
        let padding = (512 - content.count % 512) % 512
        return Self.header(file.name, content.count, wall().milliseconds / 1000) + content
            + [UInt8](repeating: 0, count: padding)
    }

    /// Source: POSIX.1-2017, pax, ustar interchange format.
    static func header(_ name: String, _ size: Int, _ time: Int64) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, _ length: Int) {
            for (place, byte) in text.utf8.prefix(length).enumerated() { header[offset + place] = byte }
        }
        func octal(_ value: Int64, _ digits: Int) -> String {
            let text = String(max(0, value), radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put("cellbridge-diagnostics/" + name, at: 0, 100)
        put(octal(0o600, 7), at: 100, 7)
        put(octal(0, 7), at: 108, 7)
        put(octal(0, 7), at: 116, 7)
        put(octal(Int64(size), 11), at: 124, 11)
        put(octal(time, 11), at: 136, 11)
        put("        ", at: 148, 8)
        put("0", at: 156, 1)
        put("ustar", at: 257, 5)
        put("00", at: 263, 2)
        let sum = header.reduce(0) { $0 + Int64($1) }
        put(octal(sum, 6), at: 148, 6)
        header[154] = 0
        return header
    }
}
