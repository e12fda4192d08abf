import Foundation
import Links
import Testing

/// docs/failure-modes.md is what the program measures.
@Suite(.timeLimit(.minutes(15))) struct FailureModesTests {
    @Test func `the page of failure modes is what the scenarios come to`() async throws {
        let loop = try EventLoop(name: "scenarios")
        defer { loop.stop() }
        let child = try await Child.start(["simulate", "scenarios", "--markdown"], input: "/dev/null", on: loop)
        let end = await child.end(within: .seconds(840))
        child.signal(9)
        #expect(end == .exited(0), "\(child.story)")
        let measured = child.output.all.map(\.text).joined(separator: "\n") + "\n"
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let written = try String(contentsOf: URL(filePath: root + "/docs/failure-modes.md"), encoding: .utf8)
        for (line, other) in zip(measured.split(separator: "\n"), written.split(separator: "\n")) {
            #expect(line == other, "make failure-modes writes it anew")
        }
        #expect(measured.count == written.count)
    }
}
