import Synchronization

extension VirtualLoop {
    /// Does something on the loop, moving virtual time as far as it takes.
    ///
    /// - Returns: What came of it; nil where it never ends.
    package func result<Value: Sendable>(of body: @escaping @Sendable () async -> Value) -> Value? {
        let box = ResultBox<Value>()
        let task = Task(executorPreference: taskExecutor) { box.set(await body()) }
        defer { task.cancel() }
        for _ in 0..<200_000 {
            runUntilIdle()
            if let value = box.value { return value }
            guard let next = nextTimer else { return nil }
            run(until: next)
        }
        return nil
    }
}

private final class ResultBox<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    var value: Value? { result.withLock { $0 } }
    func set(_ value: Value) { result.withLock { $0 = value } }
}
