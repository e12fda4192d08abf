import Glibc
import Links

/// Whether two addresses mean one and the same link: `/dev/ttyUSB0` has other names in `/dev/serial`, and an address may
/// carry a baud rate or leave it out.
enum LinkIdentity {
    static func isSame(_ one: String, _ other: String) -> Bool {
        guard let one = address(one), let other = address(other) else { return false }
        switch (one, other) {
        case (.serial(let path, _), .serial(let otherPath, _)), (.slcan(let path, _), .slcan(let otherPath, _)):
            return resolved(path) == resolved(otherPath)
        case (.socketCAN(let name, _), .socketCAN(let otherName, _)): return name == otherName
        default: return one == other
        }
    }

    private static func address(_ text: String) -> LinkAddress? {
        (try? LinkAddress.byteLink(text)) ?? (try? LinkAddress.canBus(text))
    }

    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
