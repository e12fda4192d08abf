extension Loop {
    /// Runs a body on the loop and returns its result: at once when already there.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        if isCurrent { return try body() }
        let answer = OneAnswer<Result<Value, Failure>>()
        perform { answer.give(Result(catching: body)) }
        return try await answer.value().get()
    }
}
