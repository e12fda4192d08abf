internal import Glibc

/// Where files live: the few calls on them that storage needs beside SQLite, with typed errors, and what SQLite itself
/// uses. A simulated world puts one that fails in the place of the real one.
package struct FileSystem: Sendable {
    /// What may be refused.
    package enum Call: String, Sendable, Hashable {
        case stat, read, open, mkdir, opendir, rename, unlink, fsync
    }

    /// Name of the VFS that SQLite opens files with; nil is SQLite's own.
    package let vfs: String?
    private let refusal: (@Sendable (Call) -> Int32)?

    /// The files of this computer.
    package static let real = FileSystem(vfs: nil, refusal: nil)

    /// A file system whose calls may fail.
    ///
    /// - Parameters:
    ///   - vfs: name of a registered VFS; nil is SQLite's own.
    ///   - refusal: asked before each call for the `errno` to fail with; 0 lets it be made.
    package init(vfs: String?, refusal: (@Sendable (Call) -> Int32)?) {
        self.vfs = vfs
        self.refusal = refusal
    }

    /// Size in bytes; nil where there is no such file.
    func size(_ path: String) throws(StorageError) -> Int? {
        try admit(.stat, path)
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw .file(call: "stat", path: path, errno: errno)
            }
            return nil
        }
        return Int(status.st_size)
    }

    /// The first bytes of a file.
    func head(_ path: String, count: Int) throws(StorageError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { _ = Glibc.close(descriptor) }
        try admit(.read, path)
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard got >= 0 else { throw .file(call: "read", path: path, errno: errno) }
        return Array(bytes.prefix(got))
    }

    /// Why a file cannot be read from beginning to end; nil where it can, or is not there.
    func readFault(_ path: String) -> StorageError? {
        do throws(StorageError) {
            guard try size(path) != nil else { return nil }
            let descriptor = try open(path, O_RDONLY)
            defer { _ = Glibc.close(descriptor) }
            try admit(.read, path)
            var block = [UInt8](repeating: 0, count: 1 << 16)
            var place = 0
            while true {
                let got = unsafe block.withUnsafeMutableBytes {
                    unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(place))
                }
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw .file(call: "read", path: path, errno: errno) }
                guard got > 0 else { return nil }
                place += got
            }
        } catch { return error }
    }

    /// Makes an empty file that only the owner may read: a configuration holds secrets.
    func createPrivate(_ path: String) throws(StorageError) {
        _ = Glibc.close(try open(path, O_RDWR | O_CREAT | O_TRUNC))
    }

    /// Makes a folder, unless it exists.
    func makeFolder(_ path: String) throws(StorageError) {
        try admit(.mkdir, path)
        guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw .file(call: "mkdir", path: path, errno: errno)
    }

    /// Names in a folder, sorted; none where there is no such folder.
    func names(in folder: String) throws(StorageError) -> [String] {
        try admit(.opendir, folder)
        guard let stream = unsafe opendir(folder) else {
            guard errno == ENOENT else { throw .file(call: "opendir", path: folder, errno: errno) }
            return []
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Renames, replacing what is there.
    func rename(_ old: String, to new: String) throws(StorageError) {
        try admit(.rename, old)
        guard unsafe Glibc.rename(old, new) == 0 else { throw .file(call: "rename", path: old, errno: errno) }
    }

    /// Removes a file, unless it is gone already.
    func remove(_ path: String) throws(StorageError) {
        try admit(.unlink, path)
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw .file(call: "unlink", path: path, errno: errno)
    }

    /// Waits until a file, or a folder's entries, are on the medium.
    func synchronize(_ path: String) throws(StorageError) {
        let descriptor = try open(path, O_RDONLY)
        defer { _ = Glibc.close(descriptor) }
        try admit(.fsync, path)
        guard fsync(descriptor) == 0 else { throw .file(call: "fsync", path: path, errno: errno) }
    }

    /// Number of this process.
    static var process: Int32 { getpid() }

    /// Whether a process with this number exists.
    static func isRunning(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno != ESRCH }

    // MARK: - Private

    private func admit(_ call: Call, _ path: String) throws(StorageError) {
        guard let errno = refusal?(call), errno != 0 else { return }
        throw .file(call: call.rawValue, path: path, errno: errno)
    }

    private func open(_ path: String, _ flags: Int32) throws(StorageError) -> Int32 {
        try admit(.open, path)
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(call: "open", path: path, errno: errno) }
        return descriptor
    }
}
