extension LinkError: CustomStringConvertible {
    /// One line: what is wrong, where, and the mend.
    package var description: String {
        switch self {
        case .badAddress(let address, let reason): "link address \"\(address)\": \(reason)"
        case .missing(let name): Self.missing(name)
        case .busy(let name):
            "\(Self.place(name)) is used by another program: stop that one (`fuser -v \(Self.path(name))` names it)"
        case .forbidden(let name):
            "\(Self.place(name)) may not be opened by this user: add the user to the group that owns it, mostly dialout"
        case .notADevice(let name, let reason): "\(Self.place(name)) cannot be used: \(reason)"
        case .unplugged(let name): "\(Self.place(name)) went away: check the cable; it is opened again when it is back"
        case .unanswered(let name):
            "no BMS answers on \(Self.place(name)): check its power, ground, and that RX and TX are crossed; a BMS that must be "
                + "named is set by pack.N.family"
        case .congested(let name): "\(Self.place(name)) does not take what is sent: is anybody at the other end?"
        case .wrongBitRate(let name, let actual, let wanted):
            "\(Self.place(name)) runs at \(actual) bit/s, not \(wanted): "
                + "`ip link set \(Self.path(name)) down`, then `ip link set \(Self.path(name)) up type can bitrate \(wanted)`"
        case .down(let name):
            "\(Self.place(name)) is down: `ip link set \(Self.path(name)) up type can bitrate 500000 restart-ms 100`"
        case .system(let name, let call, let errno):
            "\(Self.place(name)): \(call) failed: \(Self.reason(of: errno)) (errno \(errno))"
        }
    }

    // MARK: - Private

    private static func missing(_ name: String) -> String {
        switch scheme(name) {
        case "tcp": "nobody answers at \(name): check the host, the port, and that the serial server runs"
        case "unix": "nobody listens at \(name): check the path, and that the program behind it runs"
        case "socketcan":
            "CAN interface \(path(name)) is not there: check the adapter, then `ip link show type can`"
        default: "\(place(name)) is not there: check the cable, then `ls /dev/serial/by-id`"
        }
    }

    private static func place(_ name: String) -> String {
        switch scheme(name) {
        case "socketcan": "CAN interface \(path(name))"
        case "slcan": "CAN adapter \(path(name))"
        case "": "port \(name)"
        default: name
        }
    }

    private static func scheme(_ name: String) -> Substring {
        guard !name.hasPrefix("/"), let colon = name.firstIndex(of: ":") else { return "" }
        return name[..<colon]
    }

    private static func path(_ name: String) -> Substring {
        let scheme = scheme(name)
        return scheme.isEmpty ? name[...] : name.dropFirst(scheme.count + 1)
    }
}
