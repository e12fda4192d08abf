import Configuration
import Log
import Testing
import Wiring

@testable import Gateway
@testable import Links

@Suite struct DoctorTests {
    private func interface(
        up: Bool = true, rate: UInt32? = 500_000, state: CANState? = .errorActive, restart: UInt32? = 100,
        queue: Int? = 10
    ) -> CANInterfaces.Report {
        CANInterfaces.Report(
            name: "can0", isUp: up, bitRate: rate, state: state, restartDelay: restart, queueLength: queue)
    }

    @Test func `a good bus is good, and each fault has its mend`() {
        #expect(BusChecks.finding(interface()).mark == .ok)
        #expect(BusChecks.finding(interface(rate: nil, state: nil, restart: nil)).mark == .ok)
        let faults = [
            interface(up: false), interface(state: .busOff), interface(state: .errorPassive), interface(restart: 0),
            interface(queue: 1000),
        ]
        for fault in faults {
            let finding = BusChecks.finding(fault)
            #expect(finding.mark == .warn && finding.mend?.isEmpty == false, "\(finding)")
        }
        #expect(BusChecks.findings([], kernelFault: nil).first?.mark == .warn)
        #expect(BusChecks.findings([], kernelFault: .missing("AF_CAN")).first?.mend?.contains("modprobe") == true)
    }

    @Test func `the configured bus must exist, be up and run at its bit rate`() {
        func finding(_ reports: [CANInterfaces.Report]) -> Finding {
            LinkChecks.interface("socketcan:can0", "can0", 500_000, reports)
        }
        #expect(finding([interface()]).mark == .ok)
        for reports in [[], [interface(up: false)], [interface(rate: 250_000)]] {
            #expect(finding(reports).mark == .fail)
        }
    }

    @Test func `a port that is configured must be allowed and free of strangers`() {
        let port = SerialPorts.Port(device: "/dev/ttyUSB0", stableNames: ["/dev/serial/by-id/usb-x"])
        func finding(_ wanted: Bool, _ allowed: Bool, _ holder: PortHolder?) -> Finding {
            SerialChecks.finding(port, isWanted: wanted, isAllowed: allowed, group: "dialout", holder: holder)
        }
        let stranger = PortHolder(process: 7, name: "ModemManager")
        #expect(finding(true, true, nil).mark == .ok)
        #expect(finding(true, false, nil).mark == .fail && finding(false, false, nil).mark == .warn)
        #expect(finding(true, false, nil).mend?.contains("dialout") == true)
        #expect(finding(true, true, stranger).mark == .fail && finding(false, true, stranger).mark == .ok)
        #expect(finding(true, true, PortHolder(process: 7, name: "cellbridge")).mark == .ok)
    }

    @Test func `a clock that was never set fails, one without NTP warns`() {
        #expect(SystemChecks.clock(UTCTime(milliseconds: 0), isSynchronised: true).mark == .fail)
        #expect(SystemChecks.clock(UTCTime(milliseconds: 1_763_640_000_000), isSynchronised: false).mark == .warn)
        #expect(SystemChecks.clock(UTCTime(milliseconds: 1_763_640_000_000), isSynchronised: true).mark == .ok)
    }

    @Test func `room on the disk`() {
        #expect(SystemChecks.disk(free: 1 << 20, "s").mark == .fail)
        #expect(SystemChecks.disk(free: 50 << 20, "s").mark == .warn)
        #expect(SystemChecks.disk(free: 5 << 30, "s").mark == .ok)
    }

    @Test(arguments: [
        ("active", "enabled", true, Finding.Mark.ok), ("active", "disabled", true, .warn),
        ("failed", "enabled", false, .fail), ("inactive", "enabled", true, .warn),
        ("inactive", "not-found", false, .warn),
    ])
    func `the unit`(active: String, enabled: String, isAnswering: Bool, mark: Finding.Mark) {
        #expect(SystemChecks.unit(active: active, enabled: enabled, isAnswering: isAnswering).mark == mark)
    }

    @Test func `S64: what is not confirmed is named, and fails as a matter of configuration`() throws {
        let bare = try ConfigurationRules.gateway.require(["pack.1.cells": .int(16)])
        let findings = StateChecks.findings(bare)
        #expect(findings.first?.found.contains("pack.1.capacity_ah") == true)
        #expect(findings.exitCode == .configuration)
    }

    @Test func `the exit code tells the configuration's failures from the world's`() {
        let good = Finding.ok("a", "b")
        let poor = Finding.warn("a", "b", mend: "c")
        let wrong = Finding.misconfigured("a", "b")
        let bad = Finding.fail("a", "b", mend: "c")
        #expect([good, poor].exitCode == .good && [good, wrong].exitCode == .configuration)
        #expect([wrong, bad].exitCode == .unavailable)
        #expect([good].summary == "All is well." && [poor, bad, bad].summary == "2 failures, 1 warning")
        #expect(poor.line(width: 3).plain == "warn  a    b: c")
    }
}
