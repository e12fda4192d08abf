import Glibc

/// A folder for one world's files, in memory where the computer has room for such, and gone with the world.
final class StateFolder: Sendable {
    let path: String

    /// Makes it.
    ///
    /// - Throws: `WorldError`.
    init() throws(WorldError) {
        let root = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array((root + "/cellbridge-world-XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw WorldError(description: "no folder can be made in \(root) (errno \(errno))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove() }

    /// Removes it with all that is in it; a second time does nothing.
    func remove() { Self.remove(path) }

    private static func remove(_ folder: String) {
        if let directory = unsafe opendir(folder) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                // A folder refuses to be unlinked; then it is one.
                if unsafe unlink(folder + "/" + name) != 0 { remove(folder + "/" + name) }
            }
            unsafe closedir(directory)
        }
        _ = unsafe rmdir(folder)
    }
}
