import CLinux
import CSocketCAN
import Glibc

/// Finds a kernel CAN interface, checks it, and opens a raw socket on it. Blocks briefly (netlink): not for the loop.
struct SocketCANInterface: Sendable {
    /// The interface's name, such as `can0`.
    let interface: String
    /// What it is called in errors.
    let name: String
    /// ARPHRD_CAN of `linux/if_arp.h`.
    private static let hardwareType: Int32 = 280

    /// Describes an interface; nothing is asked yet.
    init(_ interface: String) {
        self.interface = interface
        name = LinkAddress.socketCAN(interface: interface, bitRate: nil).description
    }

    /// Checks the interface, sets its bit rate where it is down and rights allow, and opens a socket bound to it.
    ///
    /// - Parameter bitRate: What is wanted, in bit/s; nil takes any.
    /// - Returns: A socket that tells of errors and echoes our own frames.
    /// - Throws: `.notADevice`, `.missing`, `.wrongBitRate`, `.down` or `.system`.
    func open(bitRate: UInt32?) throws(LinkError) -> Descriptor {
        let socket = try openSocket()
        guard unsafe if_nametoindex(interface) != 0 else { throw .missing(name) }
        guard unsafe cellbridge_interface_type(socket.number, interface) == Self.hardwareType else {
            throw .notADevice(name, reason: "it is a network interface, but not a CAN one")
        }
        if let bitRate { try ensure(bitRate, socket) }
        guard try isUp(socket) else { throw .down(name) }
        try configure(socket)
        try bind(socket)
        return socket
    }

    /// State of the controller at this moment: one that is bus-off already tells nobody of it again (S42).
    func state() -> CANState {
        guard CANInterfaces.isController(interface) else { return .errorActive }
        return CANInterfaces.state(of: interface) ?? .errorActive
    }

    // MARK: - Private

    private func openSocket() throws(LinkError) -> Descriptor {
        let type = cellbridge_raw_socket | cellbridge_socket_flags
        let number = Glibc.socket(PF_CAN, type, CAN_RAW)
        guard number < 0 else { return Descriptor(owning: number) }
        switch errno {
        case EAFNOSUPPORT, EPROTONOSUPPORT, EPROTOTYPE:
            throw .notADevice(
                name,
                reason: "this kernel has no CAN: `modprobe can_raw`, or use an slcan adapter without kernel support")
        default: throw .system(name, call: "socket", errno: errno)
        }
    }

    /// Compares the bit rate, and sets it where the interface is down and rights allow; virtual interfaces have none.
    private func ensure(_ wanted: UInt32, _ socket: borrowing Descriptor) throws(LinkError) {
        guard CANInterfaces.isController(interface) else { return }
        if try isUp(socket) {
            var timing = can_bittiming()
            guard unsafe can_get_bittiming(interface, &timing) == 0, timing.bitrate != wanted else { return }
            throw .wrongBitRate(name, actual: timing.bitrate, wanted: wanted)
        }
        // Without the right libsocketcan would complain on standard error at each try; the caller says that it is down.
        guard cellbridge_may_administer_network() != 0, unsafe can_set_bitrate(interface, wanted) == 0 else { return }
        // S42: back from bus-off by itself. Not every driver can; then the state is shown and a person must act.
        _ = unsafe can_set_restart_ms(interface, 100)
        _ = unsafe can_do_start(interface)
    }

    private func isUp(_ socket: borrowing Descriptor) throws(LinkError) -> Bool {
        let flags = unsafe cellbridge_interface_flags(socket.number, interface)
        guard flags >= 0 else { throw .opening(name, call: "ioctl", errno: errno) }
        return flags & Int32(IFF_UP) != 0
    }

    private func configure(_ socket: borrowing Descriptor) throws(LinkError) {
        // S42: every class of error frame; S41: the echo of our own frames.
        var errors = can_err_mask_t(CAN_ERR_MASK)
        var on: Int32 = 1
        let level = SOL_CAN_BASE + CAN_RAW
        guard unsafe setsockopt(socket.number, level, Int32(CAN_RAW_ERR_FILTER), &errors, 4) == 0,
            unsafe setsockopt(socket.number, level, Int32(CAN_RAW_RECV_OWN_MSGS), &on, 4) == 0
        else { throw .system(name, call: "setsockopt", errno: errno) }
    }

    private func bind(_ socket: borrowing Descriptor) throws(LinkError) {
        var address = sockaddr_can()
        address.can_family = sa_family_t(AF_CAN)
        address.can_ifindex = Int32(truncatingIfNeeded: unsafe if_nametoindex(interface))
        let size = socklen_t(MemoryLayout<sockaddr_can>.size)
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe Glibc.bind(socket.number, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, size)
        }
        guard result == 0 else { throw .opening(name, call: "bind", errno: errno) }
    }
}
