import HTTP

/// A body that the responder takes as it comes.
struct Upload: BodySource {
    let connection: Connection

    func next() async throws -> [UInt8]? { try await connection.nextPiece() }
}

/// The client did not send the rest of a body.
package struct BodyCutShort: Error, Sendable, Hashable {}

/// What came of a streamed body and was not asked for yet.
struct UploadQueue {
    /// Where reading from the network stops.
    private static let fullBytes = 64 * 1024

    private var bytes: [UInt8] = []
    private var waiter: CheckedContinuation<[UInt8]?, any Error>?
    private(set) var hasFailed = false

    var isFull: Bool { bytes.count >= Self.fullBytes }
    var isWaitedFor: Bool { waiter != nil }

    mutating func append(_ more: [UInt8]) {
        if let waiter = waiter.take() {
            waiter.resume(returning: more)
        } else if bytes.isEmpty {
            bytes = more
        } else {
            bytes += more
        }
    }

    /// What there is; nil for nothing.
    mutating func take() -> [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        defer { bytes = [] }
        return bytes
    }

    mutating func wait(_ continuation: CheckedContinuation<[UInt8]?, any Error>) { waiter = continuation }
    mutating func finish() { waiter.take()?.resume(returning: nil) }

    /// Nothing more comes: who asks is told so.
    mutating func fail() {
        hasFailed = true
        waiter.take()?.resume(throwing: BodyCutShort())
    }
}

extension Connection {
    /// The next piece of a streamed body.
    func nextPiece() async throws -> [UInt8]? {
        if let bytes = upload.take() {
            advance()
            return bytes
        }
        guard !upload.hasFailed else { throw BodyCutShort() }
        guard let intake, !intake.isDone else { return nil }
        setDeadline(after: limits.idleTime)
        return try await withCheckedThrowingContinuation { upload.wait($0) }
    }

    /// Takes what came of a streamed body, as far as there is room.
    func readUpload() {
        guard !upload.isFull, !inbox.isEmpty, let intake, !intake.isDone else { return }
        do {
            guard let content = try self.intake?.take(from: &inbox) else { return }
            // While the responder does not ask, time is its own, not the client's.
            setDeadline(after: nil)
            if !content.isEmpty { upload.append(content) }
            if self.intake?.isDone ?? true {
                upload.finish()
            } else if upload.isWaitedFor {
                setDeadline(after: limits.idleTime)
            }
        } catch {
            // Malformed or over the limit: the responder hears that it is cut short, and its answer is the last.
            upload.fail()
            head?.keepsAlive = false
        }
    }
}
