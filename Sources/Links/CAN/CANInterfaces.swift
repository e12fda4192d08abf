import CLinux
import CSocketCAN
import Glibc

/// The kernel's CAN interfaces, for people who look for theirs. Only looks: nothing is opened, set or sent.
package enum CANInterfaces {
    /// One interface as it stands.
    package struct Report: Sendable, Hashable {
        /// The kernel's name.
        package var name: String
        package var isUp: Bool
        /// Bit/s; nil for a virtual interface, which has none, and 0 while it is down.
        package var bitRate: UInt32?
        /// State of the controller; nil for a virtual interface.
        package var state: CANState?
        /// Milliseconds after which the controller comes back from bus-off by itself; 0 is never, nil unknown.
        package var restartDelay: UInt32?
        /// Frames that wait in the kernel at most (`txqueuelen`); nil unknown.
        package var queueLength: Int?
    }

    /// Why this kernel has no CAN; nil where it has.
    package static var kernelFault: LinkError? {
        let number = Glibc.socket(PF_CAN, cellbridge_raw_socket | cellbridge_socket_flags, CAN_RAW)
        guard number < 0 else {
            _ = Descriptor(owning: number)
            return nil
        }
        return .system("AF_CAN", call: "socket", errno: errno)
    }

    /// Lists the interfaces. Blocks briefly (netlink).
    package static func list() -> [Report] { list(network: "/sys/class/net") }

    /// Whether an interface is a controller, with a bit rate and a state, and not a virtual one: that has no device.
    static func isController(_ name: String, network: String = "/sys/class/net") -> Bool {
        unsafe access("\(network)/\(name)/device", F_OK) == 0
    }

    static func list(network: String) -> [Report] {
        guard let directory = unsafe opendir(network) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            // ARPHRD_CAN of linux/if_arp.h.
            if number("\(network)/\(name)/type") == 280 { names.append(name) }
        }
        return names.sorted().map { report($0, network: network) }
    }

    // MARK: - Private

    private static func report(_ name: String, network: String) -> Report {
        let flags = number("\(network)/\(name)/flags") ?? 0
        var report = Report(
            name: name, isUp: flags & Int(IFF_UP) != 0, bitRate: nil, state: nil, restartDelay: nil,
            queueLength: number("\(network)/\(name)/tx_queue_len"))
        guard isController(name, network: network) else { return report }
        report.bitRate = 0
        // libsocketcan complains on standard error where there is no rate yet; an interface that is up has one.
        var timing = can_bittiming()
        if report.isUp, unsafe can_get_bittiming(name, &timing) == 0 { report.bitRate = timing.bitrate }
        var delay: UInt32 = 0
        if unsafe can_get_restart_ms(name, &delay) == 0 { report.restartDelay = delay }
        report.state = state(of: name)
        return report
    }

    /// State of a controller as its driver tells it; nil where it does not.
    static func state(of name: String) -> CANState? {
        var state: Int32 = 0
        return unsafe can_get_state(name, &state) == 0 ? Self.state(state) : nil
    }

    /// `enum can_state` of linux/can/netlink.h.
    private static func state(_ number: Int32) -> CANState {
        switch number {
        case 0: .errorActive
        case 1: .errorWarning
        case 2: .errorPassive
        case 3: .busOff
        case 4: .down
        default: .unknown
        }
    }

    /// A file of sysfs as a number, decimal or with 0x.
    private static func number(_ path: String) -> Int? {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let descriptor = Descriptor(owning: number)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = unsafe max(0, read(descriptor.number, buffer.baseAddress, buffer.count))
        }
        let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        return text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }
}
