import CCrypto
import Glibc
package import HTTP

/// The files of the pages, read once and kept: text gzipped, and expanded for the rare client that takes no gzip.
///
/// A request's path is looked up among the names that were read, and never reaches the file system: no path can lead out
/// of the folder. A file that changes on disk shows after the next start.
package struct StaticFiles: Sendable {
    private struct Entry {
        var type: String
        /// As it was read, or gzipped where that is shorter.
        var bytes: [UInt8]
        var isGzip: Bool
        /// Bytes that were read.
        var count: Int
        /// First 16 hexadecimal digits of the SHA-256 of the plain bytes.
        var hash: String
    }

    /// Bytes of all files together: the pages live in memory.
    private static let limit = 8 << 20

    /// By path, such as `/app.js`.
    private var entries: [String: Entry] = [:]

    /// Reads a folder and those in it. Takes tens of milliseconds: not on the cooperative pool.
    ///
    /// - Parameter folder: where the pages are; names that begin with a dot are left out.
    /// - Throws: `WebServerError.files`.
    package init(folder: String) throws(WebServerError) {
        var room = Self.limit
        try read(folder, path: "", depth: 0, room: &room)
        guard !entries.isEmpty else { throw .files(path: folder, reason: "there is nothing in it") }
    }

    /// The paths of the files, in order.
    package var paths: [String] { entries.keys.sorted() }

    /// What a page appends as `?v=` to a file's address so that browsers keep it: it changes with the content.
    package func hash(of path: String) -> String? { entries[path]?.hash }

    /// The answer to a GET or HEAD for a file; nil where there is no such file, or for another method.
    package func response(to request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .get || request.method == .head,
            let entry = entries[request.path == "/" ? "/index.html" : request.path]
        else { return nil }
        let sendsGzip = entry.isGzip && request.headers.list("Accept-Encoding", contains: "gzip")
        // Two representations have two tags (RFC 9110, 8.8.3).
        let tag = "\"\(entry.hash)\(sendsGzip ? "-gz" : "")\""
        var headers: HTTPHeaders = [
            "ETag": tag, "Cache-Control": Caching.control(isVersioned: request.value("v") == entry.hash),
        ]
        if entry.isGzip { headers.append("Vary", "Accept-Encoding") }
        guard !Caching.matches(request.headers["If-None-Match"], tag: tag) else {
            return HTTPResponse(status: 304, headers: headers)
        }
        headers.append("Content-Type", entry.type)
        if sendsGzip { headers.append("Content-Encoding", "gzip") }
        guard entry.isGzip, !sendsGzip else { return HTTPResponse(headers: headers, body: .bytes(entry.bytes)) }
        return Gzip.expanded(entry.bytes, count: entry.count).map { HTTPResponse(headers: headers, body: .bytes($0)) }
    }

    // MARK: - Private

    private mutating func read(
        _ folder: String, path: String, depth: Int, room: inout Int
    ) throws(WebServerError) {
        for name in try Self.names(in: folder) where !name.hasPrefix(".") {
            let file = folder + "/" + name
            var status = stat()
            guard unsafe stat(file, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where depth < 4: try read(file, path: path + "/" + name, depth: depth + 1, room: &room)
            case S_IFREG:
                room -= Int(status.st_size)
                guard room >= 0 else {
                    throw .files(path: folder, reason: "it holds more than \(Self.limit >> 20) MiB")
                }
                entries[path + "/" + name] = Self.entry(name, try Self.bytes(of: file, count: Int(status.st_size)))
            default: break
            }
        }
    }

    private static func entry(_ name: String, _ bytes: [UInt8]) -> Entry {
        let type = ContentType.of(name)
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe SHA256(bytes, bytes.count, &digest)
        let hash = digest.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let gzip = ContentType.isText(type) ? Gzip.compressed(bytes) : nil
        return Entry(type: type, bytes: gzip ?? bytes, isGzip: gzip != nil, count: bytes.count, hash: hash)
    }

    private static func names(in folder: String) throws(WebServerError) -> [String] {
        guard let directory = unsafe opendir(folder) else {
            throw .files(path: folder, reason: "the folder cannot be read (errno \(errno))")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name { names.append(name) }
        }
        return names
    }

    private static func bytes(of file: String, count: Int) throws(WebServerError) -> [UInt8] {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .files(path: file, reason: "it cannot be opened (errno \(errno))") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), count - done)
            }
            guard got > 0 else { throw .files(path: file, reason: "it cannot be read (errno \(errno))") }
            done += got
        }
        return bytes
    }
}
