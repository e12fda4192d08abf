import Battery
import Links
import Testing

@testable import API
@testable import Actors

@Suite("Metrics")
struct MetricsTests {
    private let now = Instant.now

    /// The samples of a text by name, held to the format: help and type before the first, each family once, each line a
    /// name, labels and a number. The text of a whole gateway is read by Prometheus' own parser in `make api-fuzz`.
    private func samples(_ text: String) throws -> [String: [String]] {
        #expect(text.hasSuffix("\n"))
        var samples: [String: [String]] = [:]
        var family: String?
        var type = ""
        var isHelped: Set<String> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                #expect(isHelped.insert(words[2]).inserted, "\(words[2]) twice")
            } else if line.hasPrefix("# TYPE ") {
                #expect(isHelped.contains(words[2]))
                (family, type) = (words[2], words[3])
                #expect(["gauge", "counter"].contains(type))
                #expect((type == "counter") == words[2].hasSuffix("_total"), "\(words[2])")
            } else {
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                #expect(name == family)
                let value = try #require(line.split(separator: " ").last)
                #expect(Double(value)?.isFinite == true, "\(line)")
                samples[name, default: []].append(String(line.dropFirst(name.count)))
            }
        }
        return samples
    }

    private func process(_ version: String = "1.2.3") -> Metrics.Process {
        .init(
            version: version, residentBytes: 12_345_678, cpuSeconds: 0.000_01,
            children: [
                ChildReport(
                    id: "web", group: .service, state: .running, restarts: 3, lastError: nil, uptime: nil,
                    heartbeatAge: nil)
            ])
    }

    @Test func `before there is data only what is known has a line`() throws {
        let samples = try samples(Metrics.text(nil, packs: [], process(), now: now))
        #expect(samples["cellbridge_build_info"] == ["{version=\"1.2.3\"} 1.0"])
        #expect(samples["cellbridge_supervisor_restarts_total"] == ["{unit=\"web\"} 3.0"])
        #expect(samples["process_resident_memory_bytes"] == [" 12345678.0"])
        #expect(samples["cellbridge_pack_volts"] == nil)
        #expect(samples["cellbridge_charge_current_limit_amperes"] == nil, "unknown is no 0")
    }

    @Test func `a label ends neither itself nor its line`() throws {
        let text = Metrics.text(nil, packs: [], process("a\"b\\c\nd"), now: now)
        #expect(text.contains(#"cellbridge_build_info{version="a\"b\\c\nd"} 1.0"#))
        _ = try samples(text)
    }

    @Test func `the inverter's side and the links are counted`() throws {
        var link = PackLinkPicture(pack: 2, address: "/dev/ttyUSB0", family: "tinybms")
        link.isOpen = true
        var inverter = InverterPicture(address: "socketcan:can0")
        inverter.counters.sent = 7
        inverter.keepaliveAge = 0.5
        let picture = GatewayPicture(decision: nil, reports: [], inverter: inverter)
        let samples = try samples(Metrics.text(picture, packs: [link], process(), now: now))
        #expect(samples["cellbridge_pack_link_up"] == ["{pack=\"2\"} 1.0"])
        #expect(samples["cellbridge_can_frames_total"]?.first == "{direction=\"sent\"} 7.0")
        #expect(samples["cellbridge_can_inverter_ack_age_seconds"] == [" 0.5"])
    }
}
