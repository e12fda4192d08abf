internal import Glibc

/// The few calls on files that storage needs beside SQLite, with typed errors.
enum FileSystem {
    /// Size in bytes; nil where there is no such file.
    static func size(_ path: String) throws(StorageError) -> Int? {
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
    static func head(_ path: String, count: Int) throws(StorageError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { _ = Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard got >= 0 else { throw .file(call: "read", path: path, errno: errno) }
        return Array(bytes.prefix(got))
    }

    /// Why a file cannot be read from beginning to end; nil where it can, or is not there.
    static func readFault(_ path: String) -> StorageError? {
        do throws(StorageError) {
            guard try size(path) != nil else { return nil }
            let descriptor = try open(path, O_RDONLY)
            defer { _ = Glibc.close(descriptor) }
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
    static func createPrivate(_ path: String) throws(StorageError) {
        _ = Glibc.close(try open(path, O_RDWR | O_CREAT | O_TRUNC))
    }

    /// Makes a folder, unless it exists.
    static func makeFolder(_ path: String) throws(StorageError) {
        guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw .file(call: "mkdir", path: path, errno: errno)
    }

    /// Names in a folder, sorted; none where there is no such folder.
    static func names(in folder: String) throws(StorageError) -> [String] {
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
    static func rename(_ old: String, to new: String) throws(StorageError) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw .file(call: "rename", path: old, errno: errno) }
    }

    /// Removes a file, unless it is gone already.
    static func remove(_ path: String) throws(StorageError) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw .file(call: "unlink", path: path, errno: errno)
    }

    /// Waits until a file, or a folder's entries, are on the medium.
    static func synchronize(_ path: String) throws(StorageError) {
        let descriptor = try open(path, O_RDONLY)
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(call: "fsync", path: path, errno: errno) }
    }

    /// Number of this process.
    static var process: Int32 { getpid() }

    /// Whether a process with this number exists.
    static func isRunning(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno != ESRCH }

    // MARK: - Private

    private static func open(_ path: String, _ flags: Int32) throws(StorageError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(call: "open", path: path, errno: errno) }
        return descriptor
    }
}
