/// The thread of the control path as its users see it: a clock, timers and an executor.
///
/// `EventLoop` is the real one (epoll); `VirtualLoop` keeps virtual time for tests and simulation. Poller, publisher and
/// their links share one loop, so that a sample crosses from UART to CAN without changing threads (design.md 3).
package protocol Loop: AnyObject, Sendable {
    /// The present moment on the boot-time clock (or on virtual time).
    var now: Instant { get }

    /// Runs a body on the loop at a moment, never before it; once. May be called from any thread.
    @discardableResult
    func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> LoopTimer

    /// Forgets a timer; does nothing for one that has fired.
    func cancel(_ timer: LoopTimer)

    /// Runs a body on the loop soon. May be called from any thread.
    func perform(_ body: @escaping @Sendable () -> Void)

    /// The executor that actors of this loop return as their `unownedExecutor`.
    var executor: any SerialExecutor { get }

    /// The preference that keeps a child task's ordinary `async` code on the loop too.
    var taskExecutor: any TaskExecutor { get }

    /// Whether the caller runs on the loop.
    var isCurrent: Bool { get }
}

/// A pending timer of a `Loop`.
package struct LoopTimer: Sendable, Hashable {
    package let identifier: UInt64

    package init(identifier: UInt64) { self.identifier = identifier }
}

/// A clock of the gateway: boot time or virtual time, never the wall clock.
package protocol GatewayClock: Clock, Sendable
where Duration == Swift.Duration, Instant == Time.Instant {}
