/// Opens whatever an address of contract.md 2 names.
package enum LinkOpener {
    /// The bit rate of Victron's BMS-Can port, taken where an address names none (`victron-can.md`).
    package static let defaultBitRate: UInt32 = 500_000
    /// The rate of the serial side of an slcan adapter; a USB one has none and does not care.
    static let adapterBaud = 115_200

    /// Opens a byte link.
    ///
    /// - Parameters:
    ///   - address: A serial port, a TCP or a unix socket. A simulated pack is made elsewhere.
    ///   - defaultBaud: Bit/s for a serial address that names no rate.
    ///   - loop: Where the link lives; an `EventLoop`, because real devices do not keep virtual time.
    /// - Returns: An open link.
    /// - Throws: `.badAddress` for any other kind, and what opening throws.
    package static func openByteLink(
        _ address: LinkAddress, defaultBaud: Int, loop: any Loop
    ) async throws(LinkError) -> any ByteLink {
        let loop = try real(loop, for: address)
        switch address {
        case .serial(let path, let baud):
            return try await SerialLink.open(path: path, baud: baud ?? defaultBaud, loop: loop)
        case .tcp(let host, let port): return try await StreamLink.connect(host: host, port: port, loop: loop)
        case .unix(let path): return try await StreamLink.connect(path: path, loop: loop)
        case .simulated, .dry, .socketCAN, .slcan:
            throw .badAddress(address.description, reason: "no device can be opened for it")
        }
    }

    /// Opens a CAN bus.
    ///
    /// - Parameters:
    ///   - address: A kernel interface, an slcan adapter, or a dry bus.
    ///   - loop: Where the bus lives; an `EventLoop`, save for a dry bus.
    /// - Returns: An open bus.
    /// - Throws: `.badAddress` for any other kind, and what opening throws.
    package static func openCANBus(_ address: LinkAddress, loop: any Loop) async throws(LinkError) -> any CANBus {
        switch address {
        case .dry: return DryBus(loop: loop)
        case .socketCAN(let interface, let bitRate):
            return try await SocketCANBus.open(
                interface: interface, bitRate: bitRate ?? defaultBitRate, loop: real(loop, for: address))
        case .slcan(let path, let bitRate):
            let port = try await SerialLink.open(path: path, baud: adapterBaud, loop: real(loop, for: address))
            do { return try await SLCANBus.open(over: port, bitRate: bitRate ?? defaultBitRate, loop: loop) } catch {
                await loop.run { port.close() }
                throw error
            }
        case .serial, .tcp, .unix, .simulated:
            throw .badAddress(address.description, reason: "it is no CAN bus")
        }
    }

    private static func real(_ loop: any Loop, for address: LinkAddress) throws(LinkError) -> EventLoop {
        guard let loop = loop as? EventLoop else {
            throw .badAddress(address.description, reason: "a real device cannot be used in virtual time")
        }
        return loop
    }
}
