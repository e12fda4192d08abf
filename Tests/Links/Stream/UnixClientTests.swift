import Glibc
import Testing

@testable import Links

@Suite(.timeLimit(.minutes(1))) struct UnixClientTests {
    /// A listener that answers each connection with some bytes, and closes it where told to.
    private func serve(_ pieces: [String], closes: Bool = false) async throws -> (String, UnixListener, EventLoop) {
        let loop = try EventLoop(name: "unix-test")
        let path = "/tmp/cellbridge-unix-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
        let kept = Mailbox<StreamLink>()
        let listener = try await UnixListener.listen(at: path, on: loop) { link in
            for piece in pieces { try? link.write(Array(piece.utf8)) }
            if closes { link.close() } else { kept.put(link) }
        }
        return (path, listener, loop)
    }

    @Test func `lines come one by one, whole or in pieces, the last one of a closed connection too`() async throws {
        let (path, listener, loop) = try await serve(["one\ntwo\nth", "ree\nrest"], closes: true)
        var client = try UnixClient(path: path)
        var lines: [String] = []
        while case .line(let line) = client.next(within: .seconds(5)) {
            lines.append(String(decoding: line, as: UTF8.self))
        }
        #expect(lines == ["one", "two", "three"])
        let last = client.next(within: .seconds(5))
        #expect(last == .ended)
        await loop.run { listener.close() }
    }

    @Test func `silence and an interruption end the wait`() async throws {
        let (path, listener, loop) = try await serve([])
        var client = try UnixClient(path: path)
        let silence = client.next(within: .milliseconds(20))
        #expect(silence == .silence)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        #expect(write(ends[1], "x", 1) == 1)
        let interrupted = client.next(within: .seconds(5), interruptedBy: ends[0])
        #expect(interrupted == .interrupted)
        close(ends[0])
        close(ends[1])
        await loop.run { listener.close() }
    }

    @Test func `nobody at the other end, and a path that is too long, are told apart`() {
        let nobody = #expect(throws: LinkError.self) { _ = try UnixClient(path: "/tmp/cellbridge-nobody.sock") }
        #expect(nobody == .missing("unix:/tmp/cellbridge-nobody.sock"))
        let long = #expect(throws: LinkError.self) { _ = try UnixClient(path: String(repeating: "x", count: 200)) }
        guard case .badAddress = long else {
            Issue.record("\(String(describing: long))")
            return
        }
    }
}
