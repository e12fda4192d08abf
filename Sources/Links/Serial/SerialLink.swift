import CLinux
import Glibc

/// A serial port: raw 8N1, ours alone while it is open.
package final class SerialLink: ByteLink {
    private let stream: DescriptorStream

    private init(_ stream: DescriptorStream) { self.stream = stream }

    /// Opens a port. What may block is done on a thread of its own (S33).
    ///
    /// - Parameters:
    ///   - path: The device, best by its stable name in `/dev/serial/by-id`. The slave of a pseudo-terminal will do.
    ///   - baud: Bit/s, one of the usual rates from 1200 to 3000000.
    ///   - loop: Where the link lives.
    /// - Returns: The open port, its old input forgotten.
    /// - Throws: `.missing`, `.forbidden`, `.busy`, `.notADevice`, `.unplugged` or `.system`.
    package static func open(path: String, baud: Int, loop: EventLoop) async throws(LinkError) -> SerialLink {
        let number = try await WorkerThread.run(path) { () throws(LinkError) in
            let descriptor = try openPort(path)
            try claim(descriptor, name: path)
            try SerialSettings.apply(baud: baud, to: descriptor, name: path)
            tcflush(descriptor.number, TCIFLUSH)  // whatever came before we were here is stale
            return descriptor.release()
        }
        return try await loop.run { () throws(LinkError) in
            SerialLink(
                try DescriptorStream(Descriptor(owning: number), kind: .tty, name: path, loop: loop))
        }
    }

    package var name: String { stream.name }
    package var unsent: Int { stream.unsent }
    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { stream.listen(receiver) }
    package func write(_ bytes: [UInt8]) throws(LinkError) { try stream.write(bytes) }
    package func discardInput() { stream.discardInput() }
    package func close() { stream.close() }

    // MARK: - Private

    private static func openPort(_ path: String) throws(LinkError) -> Descriptor {
        let number = unsafe Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw .opening(path, call: "open", errno: errno) }
        return Descriptor(owning: number)
    }

    /// Keeps other programs out.
    ///
    /// The lock works against every program that locks, even root's, and dies with us. `TIOCEXCL` keeps the others
    /// out too, but on a pseudo-terminal it would outlive a killed gateway for as long as the master is open.
    private static func claim(_ descriptor: borrowing Descriptor, name: String) throws(LinkError) {
        guard isatty(descriptor.number) == 1 else {
            if errno == EIO { throw .unplugged(name) }
            throw .notADevice(name, reason: "it is not a serial port")
        }
        guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
            throw .opening(name, call: "flock", errno: errno)
        }
        if !isPseudoterminal(descriptor) { _ = cellbridge_set_exclusive(descriptor.number) }
    }

    /// Whether this is the slave of a pseudo-terminal: device majors 136 to 143 (Linux `devices.txt`).
    private static func isPseudoterminal(_ descriptor: borrowing Descriptor) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else { return false }
        return (136...143).contains((status.st_rdev >> 8) & 0xFFF)
    }
}
