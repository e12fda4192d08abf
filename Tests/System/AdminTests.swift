import Glibc
import Links
import Testing

/// Local administration of the process (S70, S76).
@Suite(.timeLimit(.minutes(6))) struct AdminTests {
    /// What a command printed on stdout, line by line.
    private func say(_ words: [String], code: Int32 = 0) async throws -> [String] {
        let loop = try EventLoop(name: "command")
        defer { loop.stop() }
        let child = try await Child.start(words, on: loop)
        let end = await child.end(within: .seconds(20))
        child.signal(SIGKILL)
        _ = await child.end(within: .seconds(10))
        #expect(end == .exited(code), "\(child.errors.all.map(\.text))")
        return child.output.all.map(\.text)
    }

    @Test func `S70: the setup code is alone on stdout, and the same until a reset makes another`() async throws {
        try await Bench.run { bench in
            let words = ["admin", "setup-code", "--state", bench.state]
            let alone = try await say(words)
            #expect(alone.count == 1 && alone[0].count == 11)
            let gateway = try await bench.start()
            #expect(try await say(words) == alone)
            let reset = try await say(["admin", "reset-password", "--state", bench.state])
            #expect(reset.count == 1 && reset != alone)
            #expect(try await say(words) == reset)
            #expect(gateway.isRunning)
        }
    }

    @Test func `S76: the fingerprint is alone on stdout and stays, and nobody else reads the key`() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let words = ["admin", "fingerprint", "--state", folder]
        let first = try await say(words)
        #expect(first.count == 1 && first[0].split(separator: ":").count == 32)
        #expect(try await say(words) == first)
        var status = stat()
        #expect(stat(folder + "/tls/own-key.pem", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    /// Seen red with the program that looked at its own files alone.
    @Test func `S76: the fingerprint is that of the certificate that is served, in whatever file it lies`() async throws
    {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let other = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(other) }
        let own = try await say(["admin", "fingerprint", "--state", folder])
        // Another device's, under names of the user's.
        let theirs = try await say(["admin", "fingerprint", "--state", other])
        _ = try await say([
            "config", "set", "--state", folder, "web.cert_file=\(other)/tls/own-certificate.pem",
            "web.key_file=\(other)/tls/own-key.pem", "web.tls=files",
        ])
        #expect(try await say(["admin", "fingerprint", "--state", folder]) == theirs)
        #expect(theirs != own)
    }
}
