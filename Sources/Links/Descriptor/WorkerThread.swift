import Glibc

/// A thread for one call that may block: name resolution, opening a device, a netlink question (S33).
enum WorkerThread {
    /// Runs a body on a thread of its own and returns its result; the calling thread is free meanwhile.
    ///
    /// Not ended by cancellation: a blocked system call cannot be.
    /// - Throws: what the body throws, and `LinkError.system` when there is no thread to be had.
    static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () throws(LinkError) -> Value
    ) async throws(LinkError) -> Value {
        let answer = OneAnswer<Result<Value, LinkError>>()
        start(name) {
            answer.give(Result(catching: body))
        } orElse: {
            answer.give(.failure($0))
        }
        return try await answer.value().get()
    }

    /// The same for a caller that must not wait longer than its task lives: throws `ECANCELED` at once, and the thread
    /// ends by itself later, its result unheard.
    static func runUntilCancelled<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () throws(LinkError) -> Value
    ) async throws(LinkError) -> Value {
        let answer = OneAnswer<Result<Value, LinkError>>()
        let cancelled = LinkError.system(name, call: "cancel", errno: ECANCELED)
        let result = await withTaskCancellationHandler {
            start(name) {
                answer.give(Result(catching: body))
            } orElse: {
                answer.give(.failure($0))
            }
            return await answer.value()
        } onCancel: {
            answer.give(.failure(cancelled))
        }
        return try result.get()
    }

    // MARK: - Private

    private final class Context: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func start(
        _ name: String, _ body: @escaping @Sendable () -> Void, orElse fail: (LinkError) -> Void
    ) {
        let context = unsafe Unmanaged.passRetained(Context(body))  // released by the thread
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<Context>.fromOpaque(context).takeRetainedValue().body()
                }
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            unsafe context.release()
            return fail(.system(name, call: "pthread_create", errno: result))
        }
        pthread_detach(thread)
    }
}
