internal import Glibc

/// Files in one folder that together never exceed a size: the newest is written, the oldest goes first.
///
/// A name says where a file stands, `capture-00000012-20250301T080000Z.log`; its number counts on over restarts and steps
/// of the wall clock, its time is for people. Every call may block: for a storage thread (S33). Not `Sendable`.
package struct RollingFiles: ~Copyable {
    /// One file.
    private struct File {
        var number: Int
        var path: String
        var size: Int
    }

    /// Smallest and largest size of one file, bytes; between them an eighth of the whole.
    private static let fileSizes = (128 << 10)...(8 << 20)

    private let folder: String
    private let limit: Int
    private let fileSize: Int
    private let wallClock: WallClock
    /// Oldest first; the last one is being written while `descriptor` is open.
    private var files: [File] = []
    private var descriptor: Int32?

    /// Looks at what is there and lets go of what is too much.
    ///
    /// - Parameters:
    ///   - folder: made where it does not exist, for its owner alone.
    ///   - limit: bytes of all files, at least 128 KiB.
    ///   - wallClock: dates new files.
    /// - Throws: `StorageError.file`.
    package init(folder: String, limit: Int, wallClock: @escaping WallClock) throws(StorageError) {
        self.folder = folder
        self.limit = max(limit, Self.fileSizes.lowerBound)
        fileSize = min(max(self.limit / 8, Self.fileSizes.lowerBound), Self.fileSizes.upperBound)
        self.wallClock = wallClock
        try FileSystem.real.makeFolder(folder)
        for name in try FileSystem.real.names(in: folder) {
            guard let number = Self.number(name) else { continue }
            let path = folder + "/" + name
            files.append(File(number: number, path: path, size: try FileSystem.real.size(path) ?? 0))
        }
        files.sort { ($0.number, $0.path) < ($1.number, $1.path) }
        try makeRoom(for: 0)
    }

    deinit { if let descriptor { _ = close(descriptor) } }

    /// Bytes of all files.
    package var total: Int { files.reduce(0) { $0 + $1.size } }

    /// Appends whole lines. On a full medium the oldest file gives way.
    ///
    /// - Throws: `StorageError.file`; then no part of these lines is in the file.
    package mutating func append(_ lines: [UInt8]) throws(StorageError) {
        guard !lines.isEmpty else { return }
        if descriptor == nil || (files.last?.size ?? 0) + lines.count > fileSize { try begin() }
        try makeRoom(for: lines.count)
        while true {
            do throws(StorageError) {
                return try write(lines)
            } catch {
                guard error.kind == .full, files.count > 1 else { throw error }
                try forgetOldest()
            }
        }
    }

    // MARK: - Private

    /// Begins a new file.
    private mutating func begin() throws(StorageError) {
        if let descriptor { _ = close(descriptor) }
        descriptor = nil
        let number = (files.last?.number ?? 0) + 1
        let digits = String(number)
        let path =
            folder + "/capture-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + "-"
            + UTCStamp.compact(milliseconds: wallClock()) + ".log"
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .file(call: "open", path: path, errno: errno) }
        descriptor = opened
        files.append(File(number: number, path: path, size: 0))
    }

    private mutating func makeRoom(for bytes: Int) throws(StorageError) {
        while total + bytes > limit, files.count > (descriptor == nil ? 0 : 1) { try forgetOldest() }
    }

    private mutating func forgetOldest() throws(StorageError) {
        guard let oldest = files.first else { return }
        try FileSystem.real.remove(oldest.path)
        files.removeFirst()
    }

    /// Writes all of it or, as far as a reader can see, nothing.
    private mutating func write(_ lines: [UInt8]) throws(StorageError) {
        guard let descriptor, let last = files.indices.last else { return }
        var rest = lines[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = errno
                _ = ftruncate(descriptor, files[last].size)
                throw .file(call: "write", path: files[last].path, errno: failure)
            }
            rest = rest.dropFirst(count)
        }
        files[last].size += lines.count
    }

    /// The number in a name; nil for a file that is none of these.
    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix("capture-"), name.hasSuffix(".log") else { return nil }
        return Int(name.dropFirst(8).prefix { $0 != "-" && $0 != "." })
    }
}
