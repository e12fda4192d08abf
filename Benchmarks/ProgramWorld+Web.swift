extension ProgramWorld {
    /// Runs `cellbridge run` with its web server on this computer, without TLS, and claims it once it lives.
    ///
    /// - Parameters:
    ///   - script: what the devices do.
    ///   - seconds: how long they do it at most.
    ///   - pollInterval: ms between two polls of the BMS.
    ///   - work: what its owner does, on a thread of its own that may block.
    /// - Returns: the script with its notes, and what came of the work.
    /// - Throws: `BenchmarkFailure`.
    func claimed<Script: DeviceScript, Value: Sendable>(
        _ script: Script, seconds: Double, pollInterval: Int,
        _ work: @escaping @Sendable (WebSession, ChildProgram) throws(BenchmarkFailure) -> Value
    ) async throws -> (script: Script, observed: Value) {
        let port = try WebClient.freePort()
        return try await run(
            script, seconds: seconds,
            settings: ["web.listen=127.0.0.1:\(port)", "web.tls=off", "pack.1.poll_interval_ms=\(pollInterval)"]
        ) { child in
            try await BenchmarkThread.run("client") {
                Result { () throws(BenchmarkFailure) in
                    Bare.sleep(until: child.began + 3_000_000_000)
                    return try work(try WebSession.claim(program: program, state: folder, port: port), child)
                }
            }.get()
        }
    }
}
