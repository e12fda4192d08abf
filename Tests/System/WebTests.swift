import CLinux
import Glibc
import JSONText
import Links
import Testing

/// The web as a stranger, an owner and a program meet it: the real process, asked by curl.
@Suite(.timeLimit(.minutes(12))) struct WebTests {
    /// One answer.
    private struct Answer {
        var status: Int
        var body: String
        var tree: JSONTree { JSONTree(body.utf8) ?? .null }
    }

    /// The address at which a gateway says that it listens.
    private func address(_ bench: Bench, _ gateway: Child) async throws -> String {
        let line = try await bench.line(gateway, "web.listening", within: .seconds(20))
        let port = line.text.split(separator: " ").first { $0.hasPrefix("port=") }?.dropFirst(5) ?? ""
        return "127.0.0.1:\(port)"
    }

    private func ask(_ bench: Bench, _ url: String, _ words: String...) async throws -> Answer {
        let curl = try await bench.run(
            ["-s", "-m", "10", "-w", "\n%{http_code}"] + words + [url], of: "/usr/bin/curl")
        _ = await curl.end(within: .seconds(15))
        let lines = curl.output.all.map(\.text)
        return Answer(
            status: lines.last.flatMap { Int($0) } ?? 0, body: lines.dropLast().joined(separator: "\n"))
    }

    @Test func `S70, S73: a device is claimed by its code, and then answers its owner and nobody else`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let host = try await address(bench, gateway)
            let web = "http://" + host
            #expect(try await ask(bench, web + "/healthz").status == 200)
            #expect(try await ask(bench, web + "/api/setup").tree["claimed"].bool == false)
            #expect(try await ask(bench, web + "/api/status").status == 403)
            let admin = try await bench.run(["admin", "setup-code", "--state", bench.state])
            _ = await admin.end(within: .seconds(10))
            let code = try #require(admin.output.all.first?.text)
            let json = ["-H", "Content-Type: application/json", "-H", "Origin: " + web]
            let jar = bench.folder + "/jar"
            let claim = try await ask(
                bench, web + "/api/setup", "-c", jar, json[0], json[1], json[2], json[3], "-d",
                #"{"code":"\#(code)","password":"correct horse battery"}"#)
            #expect(claim.status == 201, "\(claim.body)")
            #expect(try await ask(bench, web + "/api/status").status == 401)
            let status = try await ask(bench, web + "/api/status", "-b", jar)
            #expect(status.status == 200)
            #expect(status.tree["stage"].string == "live")
            #expect(status.tree["packs"].elements.first?["cells"].elements.count == 16)
            #expect(try await ask(bench, web + "/api/status", "-b", jar, "-H", "Host: evil.example").status == 421)
            let registers = try await ask(bench, web + "/api/registers?pack=1", "-b", jar)
            #expect(registers.status == 200, "\(registers.body)")
            #expect(registers.tree["registers"].elements.contains { $0["name"].string == "fully_charged_mV" })
        }
    }

    @Test func `S51: a port that is taken keeps the web away, and the inverter notices nothing`() async throws {
        try await Bench.run { bench in
            let listener = socket(AF_INET, cellbridge_stream_socket, 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                    _ = bind(listener, raw, length)
                    _ = listen(listener, 1)
                    _ = getsockname(listener, raw, &length)
                }
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
            let gateway = try await bench.run(
                bench.words.map { $0 == "127.0.0.1:0" ? "127.0.0.1:\(port)" : $0 })
            _ = try await bench.line(gateway, "is taken by another program", within: .seconds(20))
            _ = try await bench.limits("a 0x351 that allows charging", within: .seconds(20)) { $0.ccl > 0 }
            #expect(gateway.isRunning)
        }
    }
}
