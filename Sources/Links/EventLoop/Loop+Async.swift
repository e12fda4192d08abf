extension Loop {
    /// Runs a body on the loop and returns its result: at once when already there.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        if isCurrent { return try body() }
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            perform { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
