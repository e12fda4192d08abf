import HTTP
import WebServer

/// Bytes that a browser takes to see the page for the first time.
enum FirstLoadBenchmark {
    /// Where the pages of a source tree are, else those of an installed program.
    private static let folders = ["Resources/web", "/usr/share/cellbridge/web"]

    static func run() throws -> [Figure] {
        guard let folder = folders.first(where: { !Bare.text(of: $0 + "/index.html").isEmpty }) else {
            return [
                Figure(
                    "first load", .nan, "kB", bar: .atMost(150), count: 0,
                    note: "the pages are neither in \(folders.joined(separator: " nor in "))")
            ]
        }
        let files = try StaticFiles(folder: folder)
        let sizes = files.paths.map { (path: $0, bytes: size(of: $0, files)) }
        let all = sizes.reduce(0) { $0 + $1.bytes }
        // A browser takes one language; which pages it takes first is its own business.
        let languages = sizes.filter { $0.path.hasPrefix("/lang/") }.map(\.bytes)
        let one = all - languages.reduce(0, +) + (languages.max() ?? 0)
        let plain = files.paths.reduce(0) { $0 + size(of: $1, files, coding: "identity") }
        return [
            Figure(
                "first load", Double(one) / 1000, "kB", limit: .init("the same uncompressed", Double(plain) / 1000),
                bar: .atMost(150), count: sizes.count,
                note: "every file of the pages with its head, but one language; sizes as they are served")
        ]
    }

    // MARK: - Private

    /// Bytes of head and body of the answer for a file.
    private static func size(of path: String, _ files: StaticFiles, coding: String = "gzip") -> Int {
        let request = HTTPRequest(path: path, headers: ["Accept-Encoding": coding])
        guard let response = files.response(to: request), case .bytes(let body) = response.body else { return 0 }
        return ResponseText.head(response, framing: .length(body.count), keepsAlive: true).count + body.count
    }
}
