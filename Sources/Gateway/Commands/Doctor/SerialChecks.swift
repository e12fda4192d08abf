import Glibc
import Links

/// The serial ports: which there are, who may open them, who has them. None is opened here.
enum SerialChecks {
    /// Looks at each port.
    ///
    /// - Parameter wanted: paths that the configuration names.
    /// - Returns: one finding a port.
    static func findings(_ wanted: [String]) -> [Finding] {
        let ports = SerialPorts.list()
        guard !ports.isEmpty else {
            guard wanted.allSatisfy({ !$0.hasPrefix("/dev/tty") && !$0.hasPrefix("/dev/serial") }) else { return [] }
            return [
                .warn("serial", "no serial port is there", mend: "plug the adapter in, then ls /dev/serial/by-id")
            ]
        }
        return ports.map { port in
            let isWanted = wanted.contains { $0 == port.device || port.stableNames.contains($0) }
            return finding(
                port, isWanted: isWanted, isAllowed: unsafe access(port.device, R_OK | W_OK) == 0,
                group: group(of: port.device), holder: PortHolder.find(port.device))
        }
    }

    /// What is to be said of one port.
    static func finding(
        _ port: SerialPorts.Port, isWanted: Bool, isAllowed: Bool, group: String, holder: PortHolder?
    ) -> Finding {
        let name =
            port.stableNames.isEmpty ? port.device : "\(port.preferredName) (\(port.device.lastComponent))"
        guard isAllowed else {
            let mend = "sudo usermod -aG \(group) \"$USER\", then log in again"
            let found = "\(name) may not be opened by this user"
            return isWanted ? .fail("serial", found, mend: mend) : .warn("serial", found, mend: mend)
        }
        guard let holder else { return .ok("serial", "\(name) is free" + (isWanted ? ", and configured" : "")) }
        let found = "\(name) is used by \(holder.name) (process \(holder.process))"
        if isWanted, holder.name != "cellbridge" {
            return .fail("serial", found, mend: "stop that program, as a port has one user")
        }
        return .ok("serial", found)
    }

    private static func group(of path: String) -> String {
        var status = stat()
        guard unsafe stat(path, &status) == 0, let entry = unsafe getgrgid(status.st_gid),
            let name = unsafe entry.pointee.gr_name
        else { return "dialout" }
        return unsafe String(cString: name)
    }
}

/// The program that has a device open.
struct PortHolder: Hashable {
    var process: Int
    var name: String

    /// Looks through the open files of every process that this user may look into.
    static func find(_ device: String) -> PortHolder? {
        for process in FolderNames.list("/proc").compactMap(Int.init) where process != Int(getpid()) {
            let folder = "/proc/\(process)/fd"
            guard FolderNames.list(folder).contains(where: { target("\(folder)/\($0)") == device }) else { continue }
            let name = FileText.read("/proc/\(process)/comm").map { String($0.prefix { $0 != "\n" }) }
            return PortHolder(process: process, name: name ?? "another program")
        }
        return nil
    }

    private static func target(_ link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension String {
    /// What follows the last slash.
    fileprivate var lastComponent: Substring { split(separator: "/").last ?? self[...] }
}
