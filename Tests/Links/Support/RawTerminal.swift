import CLinux
import Glibc

@testable import Links

/// A pseudo-terminal whose master is read and written only when a test says so.
final class RawTerminal: Sendable {
    let master: Int32
    let path: String

    init() {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        _ = cellbridge_unlock_slave(master)
        var number: Int32 = 0
        _ = cellbridge_slave_number(master, &number)
        path = "/dev/pts/\(number)"
    }

    deinit { close(master) }

    /// Reads what is there.
    func read() -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(master, &chunk, chunk.count)
            guard count > 0 else { return all }
            all += chunk[..<count]
        }
    }
}

/// A folder that is removed with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/links-XXXXXX\0".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { _ = Glibc.system("rm -rf \(path)") }
}
