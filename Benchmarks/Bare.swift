import CLinux
import Glibc

/// The system calls of the measuring side. Nothing of the gateway's own code is in here, so that a floor is one.
enum Bare {
    /// Nanoseconds of the monotonic clock.
    static var now: Int64 { time(of: CLOCK_MONOTONIC) }

    /// Nanoseconds of processor time that the calling thread has used.
    static var threadTime: Int64 { time(of: CLOCK_THREAD_CPUTIME_ID) }

    /// Nanoseconds of processor time that a process has used; nil when there is no such process.
    static func processTime(_ process: pid_t) -> Int64? {
        var clock = clockid_t()
        guard unsafe clock_getcpuclockid(process, &clock) == 0 else { return nil }
        return time(of: clock)
    }

    /// Processors that this process may use.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Sleeps until a moment of the monotonic clock.
    static func sleep(until instant: Int64) {
        var time = timespec(tv_sec: Int(instant / 1_000_000_000), tv_nsec: Int(instant % 1_000_000_000))
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    /// Waits until one of two descriptors can be read, or so many milliseconds have passed.
    static func wait(for first: Int32, or second: Int32, milliseconds: Int32) -> (first: Bool, second: Bool) {
        var both = [
            pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&both, 2, milliseconds) > 0 else { return (false, false) }
        return (both[0].revents != 0, both[1].revents != 0)
    }

    /// Appends what can be read at once to `bytes`; false when there was nothing.
    @discardableResult
    static func read(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { return false }
            unsafe bytes.append(contentsOf: buffer[..<count])
            return true
        }
    }

    /// Writes bytes at one go; false when not all were taken.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }

    /// A small file's text, empty when it cannot be read.
    static func text(of path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while read(descriptor, into: &bytes) {}
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes bytes to a new file that goes with the caller.
    ///
    /// - Returns: its path.
    static func temporaryFile(_ bytes: [UInt8]) throws(BenchmarkFailure) -> String {
        var path = Array("/tmp/cellbridge-bench-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&path)
        guard descriptor >= 0 else { throw BenchmarkFailure("no file can be made in /tmp") }
        defer { close(descriptor) }
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard write(bytes, to: descriptor) else {
            remove(name)
            throw BenchmarkFailure("\(name) cannot be written")
        }
        return name
    }

    /// Removes a file.
    static func remove(_ path: String) { _ = unsafe unlink(path) }

    /// Names in a folder, those with a point in front left out.
    static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    // MARK: - Private

    private static func time(of clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A pseudo-terminal in raw mode with both ends open, read and written by whoever measures.
final class BareTerminal: Sendable {
    /// The device's end.
    let master: Int32
    /// The gateway's end, held open so that the master is never hung up.
    let slave: Int32
    /// Path of the gateway's end.
    let path: String

    /// Opens a pair.
    ///
    /// - Throws: `BenchmarkFailure` when the system has no more of them.
    init() throws(BenchmarkFailure) {
        let flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC
        let master = unsafe open("/dev/ptmx", flags)
        var number: Int32 = 0
        guard master >= 0, cellbridge_unlock_slave(master) == 0, unsafe cellbridge_slave_number(master, &number) == 0
        else { throw BenchmarkFailure("no pseudo-terminal: \(unsafe String(cString: strerror(errno)))") }
        path = "/dev/pts/\(number)"
        let slave = unsafe open(path, flags)
        var settings = termios()
        unsafe tcgetattr(slave, &settings)
        unsafe cfmakeraw(&settings)
        guard slave >= 0, unsafe tcsetattr(slave, TCSANOW, &settings) == 0 else {
            close(master)
            throw BenchmarkFailure("\(path) cannot be opened: \(unsafe String(cString: strerror(errno)))")
        }
        self.master = master
        self.slave = slave
    }

    deinit {
        close(slave)
        close(master)
    }
}

/// A figure that could not be measured, in one sentence.
package struct BenchmarkFailure: Error {
    package let sentence: String

    package init(_ sentence: String) { self.sentence = sentence }
}
