import Glibc

/// The environment of the process.
enum Environment {
    /// Every variable.
    static var all: [String: String] {
        var all: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let parts = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { all[String(parts[0])] = String(parts[1]) }
            unsafe entry += 1
        }
        return all
    }

    /// The folder of the daemon's files: `--state`, else systemd's, else `./state` (contract.md 1).
    static func stateFolder(_ arguments: Arguments) -> String {
        arguments.value("--state") ?? all["STATE_DIRECTORY"] ?? "./state"
    }
}
