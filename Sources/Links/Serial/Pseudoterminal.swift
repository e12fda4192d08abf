import CLinux
import Glibc

/// A pseudo-terminal seen from the device's side: what is written here is read by whoever opens `slavePath`.
///
/// It holds the slave open itself, so that the master is neither hung up nor read in vain while nobody else has it.
/// `close` is pulling the plug: the other side reads the end and the path is gone.
/// `@unchecked Sendable`: everything is touched on the loop alone, as `ByteLink` asks.
package final class Pseudoterminal: ByteLink, @unchecked Sendable {
    /// What a gateway opens as its serial port.
    package let slavePath: String

    private let stream: DescriptorStream
    private var slave: Descriptor?

    private init(_ stream: DescriptorStream, slave: consuming Descriptor, slavePath: String) {
        self.stream = stream
        self.slave = consume slave
        self.slavePath = slavePath
    }

    /// Makes a pair in raw mode.
    ///
    /// - Throws: `LinkError.system` when the system has no more of them.
    package static func open(loop: EventLoop) async throws(LinkError) -> Pseudoterminal {
        try await loop.run { () throws(LinkError) in
            let name = "/dev/ptmx"
            let flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC
            let master = try Descriptor(unsafe Glibc.open(name, flags), name: name, call: "open")
            var number: Int32 = 0
            guard cellbridge_unlock_slave(master.number) == 0,
                unsafe cellbridge_slave_number(master.number, &number) == 0
            else { throw .system(name, call: "ioctl", errno: errno) }
            let path = "/dev/pts/\(number)"
            let slave = try Descriptor(
                unsafe Glibc.open(path, flags), name: path, call: "open")
            // Raw from the start: an echo would send our own answers back to us.
            try SerialSettings.apply(baud: 115_200, to: slave, name: path)
            let stream = try DescriptorStream(master, kind: .tty, name: path, loop: loop)
            return Pseudoterminal(stream, slave: slave, slavePath: path)
        }
    }

    package var name: String { stream.name }
    package var unsent: Int { stream.unsent }
    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { stream.listen(receiver) }
    package func write(_ bytes: [UInt8]) throws(LinkError) { try stream.write(bytes) }
    package func discardInput() { stream.discardInput() }

    /// Pulls the plug.
    package func close() {
        stream.close()
        slave = nil
    }
}
