package import Links
import Synchronization

/// The web's own loop: libwebsockets' service thread, which is at once the executor of everything that serves.
///
/// A thread of its own, so that no client can delay a CAN frame (design.md 1.3), and no locks around the library, which
/// is called on it alone. Of libwebsockets the loop takes poll, TLS and the sockets' buffers; the protocols over them
/// are ours (`HTTP`).
package final class WebLoop: Loop {
    let core: WebLoopCore
    private let serial: LoopSerialExecutor
    private let preference: LoopTaskExecutor

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - name: What the thread is called in `ps`; the first 15 bytes are shown.
    ///   - connections: how many may be open at once; what is over is refused by the library.
    ///   - certificate: what TLS connections show; nil for a loop without TLS.
    /// - Throws: `WebServerError`.
    package init(name: String, connections: Int, certificate: CertificateFiles? = nil) throws(WebServerError) {
        core = WebLoopCore(name: name)
        serial = LoopSerialExecutor(queue: core)
        preference = LoopTaskExecutor(queue: core, serial: serial)
        try core.start(connections: connections, certificate: certificate)
    }

    deinit { core.stop() }

    /// Closes every connection, ends the thread and waits for it (unless called on it).
    package func stop() { core.stop() }

    package var now: Instant { .now }

    @discardableResult
    package func schedule(
        at instant: Instant, _ body: @escaping @Sendable () -> Void
    ) -> LoopTimer {
        core.schedule(at: instant, body)
    }

    package func cancel(_ timer: LoopTimer) { core.cancel(timer) }
    package func perform(_ body: @escaping @Sendable () -> Void) { core.enqueue(.body(body)) }

    package var executor: any SerialExecutor { serial }
    package var taskExecutor: any TaskExecutor { preference }
    package var isCurrent: Bool { core.isCurrent }
}

/// Where a certificate and its key are, both PEM.
package struct CertificateFiles: Sendable, Hashable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
