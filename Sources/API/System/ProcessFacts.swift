import Glibc

/// What the kernel says of this process and its computer. Reads files of `/proc` and `/sys`, which do not block.
enum ProcessFacts {
    /// Resident memory.
    static var residentBytes: Int? { field("VmRSS:", of: "/proc/self/status").map { $0 * 1024 } }

    /// Memory that programs can still have.
    static var availableBytes: Int? { field("MemAvailable:", of: "/proc/meminfo").map { $0 * 1024 } }

    /// Memory that the service manager allows; nil without a limit.
    static var memoryLimit: Int? {
        guard let group = text("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        return text("/sys/fs/cgroup\(group.dropFirst(3))/memory.max").flatMap { Int($0.prefix { $0 != "\n" }) }
    }

    /// Processor time that the process has used.
    static var processorSeconds: Double? {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Processors of the computer.
    static var processors: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Free and total bytes of the file system of a folder. May block on a dying medium: not for the web loop.
    static func disk(of folder: String) -> (free: Int, total: Int)? {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        let block = Int(clamping: status.f_frsize)
        return (Int(clamping: status.f_bavail) &* block, Int(clamping: status.f_blocks) &* block)
    }

    /// Whether the wall clock follows a time server; nil where nobody can tell.
    static var isClockSynchronised: Bool? {
        // What systemd-timesyncd leaves; other programs of its kind leave nothing.
        unsafe access("/run/systemd/timesync/synchronized", F_OK) == 0 ? true : nil
    }

    // MARK: - Private

    private static func field(_ name: String, of path: String) -> Int? {
        guard let line = text(path)?.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }

    private static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
