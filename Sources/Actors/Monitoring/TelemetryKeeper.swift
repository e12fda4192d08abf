package import Storage

/// Owns the telemetry's file, on a storage thread of its own: a slow or dead card holds up nobody else (S33, S60).
package actor TelemetryKeeper {
    private let executor: any SerialExecutor
    private let folder: String
    private let files: FileSystem
    private let wallClock: WallClock
    private var store: TelemetryStore?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Stores what it is given; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - folder: the state folder.
    ///   - executor: where every call runs; nobody else's.
    ///   - files: where the folder lives.
    ///   - wallClock: names damaged files.
    package init(
        folder: String, executor: any SerialExecutor, files: FileSystem = .real, wallClock: @escaping WallClock
    ) {
        self.folder = folder
        self.executor = executor
        self.files = files
        self.wallClock = wallClock
    }

    /// Opens the file.
    ///
    /// - Returns: what an earlier life left, and what was wrong with the file, in one sentence.
    func open() throws(StorageError) -> (contents: TelemetryContents, damage: String?) {
        store?.close()
        let opened = try TelemetryStore(folder: folder, files: files, wallClock: wallClock)
        store = opened
        return (try opened.contents(), opened.damage)
    }

    /// Writes all of a batch or nothing. After damage the file is closed: the next opening begins it anew.
    func commit(_ batch: TelemetryBatch) throws(StorageError) {
        guard let store else { throw .damaged(path: folder + "/telemetry.sqlite", "is not open") }
        do throws(StorageError) {
            try store.commit(batch)
        } catch {
            if error.kind == .damaged { close() }
            throw error
        }
    }

    /// Events that are asked for, newest first; none while there is no file.
    func events(_ query: StoredEventQuery) throws(StorageError) -> [StoredEvent] { try store?.events(query) ?? [] }

    /// One event.
    func event(_ id: Int) throws(StorageError) -> StoredEvent? { try store?.event(id) }

    /// Whether the file is open.
    var isOpen: Bool { store != nil }

    /// Closes the file.
    func close() {
        store?.close()
        store = nil
    }
}
