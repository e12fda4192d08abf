import JSONText
package import Links
import Log
package import Storage

/// The rolling capture: writes what crosses the wires into files that together never exceed a size, oldest gone first.
///
/// It lives on a storage thread of its own and only listens, so that a slow, full or dead medium costs records and nothing
/// else (S33). Such a medium is a state: it is told once, and tried again.
package actor CaptureRecorder: Child {
    /// Name of the folder in the state folder.
    package static let folderName = "capture"

    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        /// Its own: a slow medium holds it up.
        package var executor: any SerialExecutor
        package var clock: any GatewayClock
        package var folder: String
        /// Bytes of all files.
        package var limit: Int
        package var wallClock: WallClock
        package var captures: Broadcast<CaptureRecord>
        package var report: EventReport

        package init(
            executor: any SerialExecutor, clock: any GatewayClock, folder: String, limit: Int,
            wallClock: @escaping WallClock, captures: Broadcast<CaptureRecord>, report: @escaping EventReport
        ) {
            self.executor = executor
            self.clock = clock
            self.folder = folder
            self.limit = limit
            self.wallClock = wallClock
            self.captures = captures
            self.report = report
        }
    }

    /// Records that may wait for the medium.
    package static let queueLength = 8192
    /// How long records gather before they are written: a wake-up for each would cost more than the writing.
    package static let gathering: Duration = .milliseconds(250)
    /// Time between two tries on a medium that does not take them.
    package static let retry: Duration = .seconds(10)
    /// Most bytes handed over at once, well under the size of a file.
    private static let pieceSize = 64 << 10

    private let parts: Dependencies
    private var files: RollingFiles?
    private var dropsTold = 0
    /// While the medium refuses: when it is tried again, and the records lost so far.
    private var trouble: (retryAt: Instant, lost: Int)?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe parts.executor.asUnownedSerialExecutor()
    }

    /// Creates a recorder; nothing is opened yet.
    package init(_ parts: Dependencies) { self.parts = parts }

    package func run() async throws {
        let records = parts.captures.subscribe(capacity: Self.queueLength, name: "capture")
        while let first = await records.next() {
            // Cut short by the end of the task; what has gathered is written all the same.
            try? await parts.clock.sleep(until: parts.clock.now + Self.gathering, tolerance: nil)
            write(first, records)
            tellDrops(records.dropped)
        }
        files = nil
    }

    // MARK: - Private

    private func write(_ first: CaptureRecord, _ records: Broadcast<CaptureRecord>.Subscription) {
        var next: CaptureRecord? = first
        while next != nil {
            var piece: [UInt8] = []
            var count = 0
            while let record = next, piece.count < Self.pieceSize {
                piece += record.line.utf8
                piece.append(UInt8(ascii: "\n"))
                count += 1
                next = records.poll()
            }
            store(piece, count)
        }
    }

    private func store(_ piece: [UInt8], _ count: Int) {
        if let trouble, parts.clock.now < trouble.retryAt {
            self.trouble?.lost += count
            return
        }
        do throws(StorageError) {
            if files == nil {
                files = try RollingFiles(folder: parts.folder, limit: parts.limit, wallClock: parts.wallClock)
            }
            try files?.append(piece)
            if let trouble { parts.report(.captureResumed(lost: trouble.lost)) }
            trouble = nil
        } catch {
            let isNew = trouble == nil
            trouble = (parts.clock.now + Self.retry, (trouble?.lost ?? 0) + count)
            // Looked at afresh: somebody may have removed or replaced the folder.
            files = nil
            if isNew { parts.report(.captureFailed(error)) }
        }
    }

    private func tellDrops(_ dropped: Int) {
        guard dropped > dropsTold else { return }
        parts.report(.captureDropped(dropped - dropsTold, total: dropped))
        dropsTold = dropped
    }
}

extension GatewayEvent {
    fileprivate static func captureFailed(_ error: StorageError) -> GatewayEvent {
        let mend =
            error.kind == .full
            ? "free some space or lower capture.max_mib" : "check the medium, or set capture.enabled=false"
        return .init(.warning, "capture_failed", "the wires are not recorded: \(error); \(mend)")
    }

    fileprivate static func captureResumed(lost: Int) -> GatewayEvent {
        .init(
            .notice, "capture_resumed", "the wires are recorded again, \(lost) records were lost",
            [.init("lost", .integer(lost))])
    }

    fileprivate static func captureDropped(_ count: Int, total: Int) -> GatewayEvent {
        .init(
            .warning, "capture_dropped", "the medium is slow: \(count) records of the wires were lost",
            [.init("count", .integer(count)), .init("total", .integer(total))])
    }
}
