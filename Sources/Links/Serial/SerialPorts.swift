import Glibc

/// The serial ports of this computer, for people who look for theirs.
package enum SerialPorts {
    /// A port, by every name it has.
    package struct Port: Sendable, Hashable {
        /// The kernel's name, which may change with the order of plugging.
        package var device: String
        /// The stable names in `/dev/serial/by-id` and `/dev/serial/by-path`, in this order.
        package var stableNames: [String]

        /// The name to write into a configuration.
        package var preferredName: String { stableNames.first ?? device }
    }

    /// Lists USB ports, the ports of the board and those with a stable name. Reads directories only.
    ///
    /// A `ttyS` counts only when the kernel found hardware behind it; there are always some without.
    package static func list() -> [Port] { list(devices: "/dev", classes: "/sys/class/tty") }

    static func list(devices: String, classes: String) -> [Port] {
        var stable: [String: [String]] = [:]
        for folder in ["\(devices)/serial/by-id", "\(devices)/serial/by-path"] {
            for name in entries(of: folder) {
                guard let target = realPath("\(folder)/\(name)") else { continue }
                stable[target, default: []].append("\(folder)/\(name)")
            }
        }
        var found = Set(stable.keys)
        for name in entries(of: devices) where isPort(name, classes: classes) {
            if let path = realPath("\(devices)/\(name)") { found.insert(path) }
        }
        return found.sorted().map { Port(device: $0, stableNames: stable[$0] ?? []) }
    }

    // MARK: - Private

    private static func isPort(_ name: String, classes: String) -> Bool {
        if ["ttyUSB", "ttyACM", "ttyAMA"].contains(where: name.hasPrefix) { return true }
        guard name.hasPrefix("ttyS") else { return false }
        // Without hardware the parent is the placeholder `serial8250`; its type, read from sysfs, is 0.
        return firstLine(of: "\(classes)/\(name)/type").map { $0 != "0" } ?? false
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    private static func firstLine(of path: String) -> String? {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let descriptor = Descriptor(owning: number)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = unsafe max(0, read(descriptor.number, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
