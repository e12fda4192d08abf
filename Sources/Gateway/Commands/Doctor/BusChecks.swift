import Links

/// The kernel's CAN: whether it knows CAN at all, and its interfaces.
enum BusChecks {
    /// Looks at the kernel.
    static func interfaces() -> [Finding] { findings(CANInterfaces.list(), kernelFault: CANInterfaces.kernelFault) }

    /// What is to be said of the interfaces there are.
    static func findings(_ reports: [CANInterfaces.Report], kernelFault: LinkError?) -> [Finding] {
        if kernelFault != nil {
            return [
                .warn(
                    "can", "this kernel offers no CAN sockets",
                    mend: "modprobe can_raw, or use a serial adapter: can.link=slcan:/dev/…")
            ]
        }
        guard !reports.isEmpty else {
            return [
                .warn(
                    "can", "no CAN interface is there",
                    mend: "check the adapter or its overlay (dmesg), or use a serial adapter: can.link=slcan:/dev/…")
            ]
        }
        return reports.map(finding)
    }

    /// What is to be said of one interface.
    static func finding(_ report: CANInterfaces.Report) -> Finding {
        let name = report.name
        let rate = report.bitRate.map { ", \($0) bit/s" } ?? ", virtual"
        guard report.isUp else {
            return .warn(
                "can", "\(name) is down" + (report.bitRate == nil ? ", virtual" : ""),
                mend: "sudo ip link set \(name) up"
                    + (report.bitRate == nil ? "" : " type can bitrate 500000 restart-ms 100"))
        }
        let found = "\(name) is up\(rate)" + (report.state.map { ", \($0.words)" } ?? "")
        switch report.state {
        case .errorPassive, .busOff:
            return .warn(
                "can", found,
                mend: "nobody acknowledges: check cable, both 120 Ω resistors, and the profile of the GX port")
        default: break
        }
        if let length = report.queueLength, length > 10 {
            return .warn(
                "can", "\(found), queue of \(length) frames",
                mend: "sudo ip link set \(name) txqueuelen 10, so that no old limit waits in it")
        }
        if report.restartDelay == 0 {
            return .warn(
                "can", "\(found), stays off after a bus-off",
                mend: "sudo ip link set \(name) down, then up type can bitrate 500000 restart-ms 100")
        }
        return .ok("can", found)
    }
}

extension CANState {
    /// The state as people say it.
    var words: String { rawValue.replacing("_", with: " ") }
}
