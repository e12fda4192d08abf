import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UnitFileTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../deploy/cellbridge.service").standardizedFileURL.path

    /// Assignments of the unit as `Section/Name`, in order.
    private let assignments: [(name: String, value: String)]

    init() throws {
        var section = ""
        assignments = try String(contentsOfFile: Self.path, encoding: .utf8).split(separator: "\n").compactMap { line in
            if line.hasPrefix("[") { section = line.trimmingCharacters(in: ["[", "]"]) }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { return nil }
            return ("\(section)/\(line[..<equals])", String(line[line.index(after: equals)...]))
        }
    }

    private func values(_ name: String) -> [String] { assignments.filter { $0.name == name }.map(\.value) }

    @Test(arguments: [
        ("Unit/StartLimitIntervalSec", "0"), ("Service/Type", "notify"), ("Service/WatchdogSec", "10"),
        ("Service/Restart", "always"), ("Service/RestartSec", "500ms"), ("Service/TimeoutStartSec", "15"),
        ("Service/TimeoutStopSec", "5"),
    ])
    func `the unit restarts the service for ever and watches it (S53)`(name: String, value: String) {
        #expect(values(name) == [value])
    }

    @Test(arguments: [
        ("User", "cellbridge"), ("CapabilityBoundingSet", ""), ("AmbientCapabilities", ""), ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"), ("DevicePolicy", "closed"), ("MemoryMax", "256M"), ("TasksMax", "64"),
    ])
    func `the unit has no rights that the service does not need (S58)`(name: String, value: String) {
        #expect(values("Service/" + name) == [value])
    }

    @Test func `the unit allows CAN and serial ports, and no privileged call (S58)`() {
        #expect(values("Service/RestrictAddressFamilies").joined().contains("AF_CAN"))
        #expect(values("Service/DeviceAllow").allSatisfy { $0.hasPrefix("char-tty") && $0.hasSuffix(" rw") })
        #expect(values("Service/SystemCallFilter") == ["@system-service", "~@privileged"])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
    func `systemd rates the unit's exposure at 2.0 or less (S58)`() throws {
        let analysis = Process()
        analysis.executableURL = URL(filePath: "/usr/bin/systemd-analyze")
        analysis.arguments = ["security", "--offline=true", "--threshold=20", "--no-pager", Self.path]
        analysis.standardOutput = FileHandle.nullDevice
        analysis.standardError = FileHandle.nullDevice
        try analysis.run()
        analysis.waitUntilExit()
        #expect(analysis.terminationStatus == 0)
    }
}
