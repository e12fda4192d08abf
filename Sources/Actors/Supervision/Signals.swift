import Glibc
package import Log

/// Turns signals into calls.
///
/// Made first thing in `main`, before there is any other thread: a thread inherits the signals that its creator has
/// blocked, and only where all threads block them do they come here. Programs that the process starts must be given an
/// empty mask and the default for SIGPIPE (posix_spawnattr_setsigmask(3), posix_spawnattr_setsigdefault(3)).
package struct Signals: Sendable {
    private let thread: DedicatedThread

    /// Blocks the signals in the calling thread and waits for them on a thread of their own, for as long as the process
    /// lives. SIGPIPE is ignored: a closed pipe or socket is an error of the write, not the end of the process.
    ///
    /// - Parameters:
    ///   - signals: what to wait for.
    ///   - handler: called with each one, on the waiting thread; cheap and thread-safe, such as
    ///     `RootSupervisor.requestStop`.
    /// - Throws: `DedicatedThread.StartFailure`.
    package init(
        _ signals: [Int32] = [SIGTERM, SIGINT], _ handler: @escaping @Sendable (Int32) -> Void
    ) throws(DedicatedThread.StartFailure) {
        signal(SIGPIPE, SIG_IGN)
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        for signal in signals { unsafe sigaddset(&mask, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
        thread = try DedicatedThread(named: "signals") {
            var mask = sigset_t()
            unsafe sigemptyset(&mask)
            for signal in signals { unsafe sigaddset(&mask, signal) }
            while true {
                var signal: Int32 = 0
                if unsafe sigwait(&mask, &signal) == 0 { handler(signal) }
            }
        }
    }

    /// Gives a signal to the waiting thread, as if it had been sent to the process.
    package func deliver(_ signal: Int32) { thread.send(signal) }
}
