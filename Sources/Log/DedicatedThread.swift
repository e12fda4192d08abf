import CLinux
import Glibc

/// A thread of its own, outside every pool, for work that blocks or must run when the pools are blocked.
///
/// It takes no signals but those that its own faults raise: what is sent to the process goes to the thread that waits
/// for it (`Signals`).
package struct DedicatedThread: Sendable {
    /// Why a thread did not start.
    package struct StartFailure: Error, Hashable {
        /// Result of pthread_create(3); EAGAIN where the limit of tasks is reached.
        package let errno: Int32
    }

    private let handle: pthread_t

    /// Starts a thread that ends when its body returns.
    ///
    /// - Parameters:
    ///   - name: as `ps -L` shows it, up to 15 bytes of it.
    ///   - body: what the thread does.
    /// - Throws: `StartFailure`.
    package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(StartFailure) {
        // Released by the thread when it takes the body over, or below when there is no thread.
        let context = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var mask = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&mask)
        for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { unsafe sigdelset(&mask, fault) }
        // A new thread inherits the mask of its creator, so there is no moment at which it could take a signal.
        unsafe pthread_sigmask(SIG_SETMASK, &mask, &before)
        var handle = pthread_t()
        let result = unsafe pthread_create(
            &handle, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                _ = unsafe cellbridge_name_this_thread(start.name)
                start.body()
                return nil
            }, context.toOpaque())
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else {
            unsafe context.release()
            throw StartFailure(errno: result)
        }
        pthread_detach(handle)
        self.handle = handle
    }

    /// Sends a signal to this thread alone. Only while it is known to run.
    package func send(_ signal: Int32) { pthread_kill(handle, signal) }

    // MARK: - Private

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
