import Synchronization

/// The real loop: a thread of its own in `epoll_wait`, with one timer descriptor on the boot-time clock.
///
/// The thread is at once the executor of the loop's actors, so that a descriptor's callback may `assumeIsolated` them:
/// no hop, no lock, and nothing of it waits for Swift's cooperative pool. Nothing slow may run here.
package final class EventLoop: Loop {
    private let core: EventLoopCore
    private let serial: LoopSerialExecutor
    private let preference: LoopTaskExecutor

    /// Starts the thread.
    ///
    /// - Parameter name: What the thread is called in `ps` and `top`; the first 15 bytes are shown.
    /// - Throws: `LinkError.system` when descriptors or threads ran out.
    package init(name: String) throws(LinkError) {
        core = try EventLoopCore(name: name)
        serial = LoopSerialExecutor(queue: core)
        preference = LoopTaskExecutor(queue: core, serial: serial)
        try core.start()
    }

    deinit { core.stop() }

    /// Runs what is queued, ends the thread and waits for it (unless called on it).
    ///
    /// Timers that are pending never fire, and a job that comes later never runs: stop a loop after its tasks ended.
    package func stop() { core.stop() }

    package var now: Instant { .now }

    @discardableResult
    package func schedule(
        at instant: Instant, _ body: @escaping @Sendable () -> Void
    ) -> LoopTimer {
        core.schedule(at: instant, body)
    }

    /// Forgets a timer. From another thread this may come too late: the body may be running already.
    package func cancel(_ timer: LoopTimer) { core.cancel(timer) }

    package func perform(_ body: @escaping @Sendable () -> Void) { core.enqueue(.body(body)) }

    package var executor: any SerialExecutor { serial }
    package var taskExecutor: any TaskExecutor { preference }
    package var isCurrent: Bool { core.isCurrent }

    /// How often the thread woke up since it started: what a busy loop shows in.
    package var wakeUps: Int { core.wakeUps.load(ordering: .relaxed) }

    // MARK: - Descriptors

    /// Calls `handler` on the loop whenever a descriptor is ready, for as long as it is (level-triggered).
    ///
    /// On the loop only. The handler reads until `EAGAIN`, or is called again at once. The descriptor stays the caller's:
    /// take it out with `unwatch` before closing it.
    /// - Throws: `LinkError.notADevice` for a descriptor that cannot be waited for (a file), `.system` otherwise.
    package func watch(
        _ descriptor: Int32, name: String, for interest: DescriptorReadiness,
        _ handler: @escaping @Sendable (DescriptorReadiness) -> Void
    ) throws(LinkError) -> DescriptorWatch {
        try core.watch(descriptor, name: name, for: interest, handler)
    }

    /// Changes what a descriptor is watched for. On the loop only; does nothing for one that is not watched any more.
    package func change(_ watch: DescriptorWatch, to interest: DescriptorReadiness) { core.change(watch, to: interest) }

    /// Ends a watch: the handler is not called any more, not even for events that are already in hand. On the loop only.
    package func unwatch(_ watch: DescriptorWatch) { core.unwatch(watch) }
}
