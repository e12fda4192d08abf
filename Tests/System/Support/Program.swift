import Glibc

/// The program under test.
enum Program {
    /// There is none.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Its absolute path: what CELLBRIDGE names, else the release build of this package, else the debug build.
    ///
    /// - Throws: `Missing`, so that a test without a program fails and says why.
    static func path() throws(Missing) -> String {
        if let named = getenv("CELLBRIDGE").map({ String(cString: $0) }), !named.isEmpty {
            guard let path = absolute(named) else {
                throw Missing(description: "CELLBRIDGE names '\(named)', which is no program that can be run")
            }
            return path
        }
        let package = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        for build in ["release", "debug"] {
            if let path = absolute(package + "/.build/\(build)/cellbridge") { return path }
        }
        throw Missing(
            description: "cellbridge is not built: `swift build --product cellbridge`, or name one in CELLBRIDGE")
    }

    /// Whether the program has a subcommand: those that later versions bring are tested once they are there.
    static func has(_ command: String) -> Bool {
        guard let path = try? path(), let list = popen("'\(path)' --help", "r") else { return false }
        defer { pclose(list) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, list)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").contains { line in
            line.hasPrefix("  \(command) ")
        }
    }

    /// An executable file's absolute path; nil for anything else.
    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return access(resolved, X_OK) == 0 ? String(cString: resolved) : nil
    }
}
