import Battery
import Configuration
import JSONText
import Links

/// The configured links: as the running daemon sees them, else by opening each for a moment.
enum LinkChecks {
    /// Looks at each link.
    ///
    /// - Parameters:
    ///   - configuration: nil where it is not known.
    ///   - status: of the running daemon, which has the links open; nil where none runs.
    /// - Returns: one finding a link.
    static func findings(_ configuration: GatewayConfiguration?, _ status: JSONTree?) async -> [Finding] {
        if let status { return reported(status) }
        guard let configuration, let loop = try? EventLoop(name: "doctor") else { return [] }
        var findings: [Finding] = []
        for pack in configuration.packs {
            // What is missing is said with the configuration.
            guard let link = pack.link else { continue }
            findings.append(await self.pack("pack.\(pack.number).link", link, loop))
        }
        return findings + [await bus(configuration.can.link, loop)]
    }

    /// What the daemon says of its links.
    static func reported(_ status: JSONTree) -> [Finding] {
        var findings = status["packs"].elements.map { pack -> Finding in
            let name = "pack.\((pack["id"].number ?? 0).decimal(0)).link"
            let link = pack["link"].string ?? ""
            if let problem = pack["problem"].string {
                return .fail(name, "\(link) gives no data", mend: problem)
            }
            let simulated = pack["simulated"].bool == true ? ", simulated" : ""
            return .ok(name, "\(link): \(pack["family"].string ?? "a BMS") answers\(simulated)")
        }
        let inverter = status["inverter"]
        guard let link = inverter["link"].string else { return findings }
        if link == "dry:" {
            findings.append(
                .warn("can.link", "nothing is transmitted", mend: "set can.link, and system.commissioned=true"))
        } else if inverter["open"].bool != true {
            let problem = inverter["problem"].string ?? "see the log"
            findings.append(.fail("can.link", "\(link) is not open", mend: problem))
        } else if let age = inverter["keepalive_age_s"].number, age < 10 {
            findings.append(.ok("can.link", "\(link) is open, the GX was heard \(age.decimal(1)) s ago"))
        } else {
            findings.append(
                .warn(
                    "can.link", "\(link) is open, but no GX is heard",
                    mend:
                        "check the cable, the termination, and that the GX port has the profile CAN-bus BMS (500 kbit/s)"
                ))
        }
        return findings
    }

    // MARK: - Private

    private static func pack(_ key: String, _ link: String, _ loop: EventLoop) async -> Finding {
        do throws(LinkError) {
            let address = try LinkAddress.byteLink(link)
            if case .simulated = address { return .ok(key, "\(link) is simulated: no device is needed") }
            try await tryOut(address, loop)
            return .ok(key, "\(link) can be opened")
        } catch { return failure(key, error) }
    }

    private static func bus(_ link: String?, _ loop: EventLoop) async -> Finding {
        guard let link else {
            return .warn(
                "can.link", "not set, so nothing is transmitted", mend: "cellbridge config set can.link=socketcan:can0")
        }
        do throws(LinkError) {
            switch try LinkAddress.canBus(link) {
            case .socketCAN(let interface, let bitRate):
                return self.interface(link, interface, bitRate ?? LinkOpener.defaultBitRate, CANInterfaces.list())
            case .slcan(let path, _):
                // The port alone: opening the bus would say something to the adapter.
                try await tryOut(.serial(path: path, baud: nil), loop)
                return .ok("can.link", "\(link): its port can be opened")
            default: return .warn("can.link", "\(link) transmits nothing", mend: "set a real bus once all is right")
            }
        } catch { return failure("can.link", error) }
    }

    /// The configured interface among those there are.
    static func interface(
        _ link: String, _ name: String, _ bitRate: UInt32, _ reports: [CANInterfaces.Report]
    ) -> Finding {
        let address = LinkAddress.socketCAN(interface: name, bitRate: nil).description
        guard let report = reports.first(where: { $0.name == name }) else {
            return failure("can.link", .missing(address))
        }
        guard report.isUp else { return failure("can.link", .down(address)) }
        if let actual = report.bitRate, actual != bitRate {
            return failure("can.link", .wrongBitRate(address, actual: actual, wanted: bitRate))
        }
        return .ok("can.link", "\(link) is up" + (report.bitRate == nil ? ", virtual" : " at \(bitRate) bit/s"))
    }

    private static func tryOut(_ address: LinkAddress, _ loop: EventLoop) async throws(LinkError) {
        let link = try await LinkOpener.openByteLink(address, defaultBaud: 115_200, loop: loop)
        await loop.run { link.close() }
    }

    /// An error of a link holds its mend already.
    private static func failure(_ key: String, _ error: LinkError) -> Finding {
        Finding(check: key, mark: .fail, found: error.description, isConfiguration: error.isAddress)
    }
}

extension LinkError {
    fileprivate var isAddress: Bool {
        if case .badAddress = self { return true }
        return false
    }
}
