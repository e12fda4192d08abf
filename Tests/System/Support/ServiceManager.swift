import CLinux
import Glibc
import Links
import Synchronization

/// The socket of a service manager as sd_notify(3) has it: what the gateway tells systemd, with its moment.
final class ServiceManager: Sendable {
    /// The variable that names the socket to the gateway.
    let variable: String
    let messages: Journal<Child.Line>
    private let loop: EventLoop
    private let descriptor: Int32
    private let watch = Mutex<DescriptorWatch?>(nil)

    /// Opens the socket.
    ///
    /// - Throws: `Bench.Missed`, or what the loop throws.
    static func open(at path: String, on loop: EventLoop) async throws -> ServiceManager {
        let descriptor = socket(AF_UNIX, cellbridge_datagram_socket, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Bench.Missed(description: "no socket at \(path), errno \(errno)") }
        let manager = ServiceManager(path, descriptor, loop)
        try await loop.run {
            let handle = try loop.watch(descriptor, name: "systemd", for: .readable) { [weak manager] _ in
                manager?.read()
            }
            manager.watch.withLock { $0 = handle }
        }
        return manager
    }

    private init(_ path: String, _ descriptor: Int32, _ loop: EventLoop) {
        variable = "NOTIFY_SOCKET=" + path
        messages = Journal(loop)
        (self.descriptor, self.loop) = (descriptor, loop)
    }

    /// Closes the socket.
    func close() async {
        await loop.run { [self] in
            if let watch = watch.withLock({ $0.take() }) { loop.unwatch(watch) }
            _ = Glibc.close(descriptor)
        }
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return }
            messages.add(Child.Line(at: .now, text: String(decoding: buffer[..<count], as: UTF8.self)))
        }
    }
}
