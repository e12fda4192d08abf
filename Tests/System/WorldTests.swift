import Glibc
import Links
import Testing

/// `cellbridge simulate world`: worlds from seeds, in processes of their own.
@Suite(.timeLimit(.minutes(5))) struct SimulatedWorldTests {
    /// The lines that a command says until it ends well, but for the last one, which tells how long it took.
    private func lines(_ words: [String]) async throws -> [String] {
        let loop = try EventLoop(name: "world")
        defer { loop.stop() }
        let child = try await Child.start(["simulate", "world"] + words, on: loop)
        let end = await child.end(within: .seconds(120))
        child.signal(SIGKILL)
        #expect(end == .exited(0))
        return child.output.all.map(\.text).dropLast()
    }

    /// The fingerprint is over every byte and every frame with its time; a hash seeded by the process would show in it.
    @Test func `one seed is one world, byte for byte, in two processes`() async throws {
        let first = try await lines(["--seed", "7", "--hours", "0.1"])
        #expect(first.count == 1 && first.first?.contains("fingerprint") ?? false, "\(first)")
        #expect(try await lines(["--seed", "7", "--hours", "0.1"]) == first)
    }

    @Test func `S57: seeds that set the wall clock give the same frames without that`() async throws {
        let lines = try await lines(["--seeds", "7..9", "--hours", "0.1", "--clock"])
        #expect(lines.isEmpty, "\(lines)")
    }
}
