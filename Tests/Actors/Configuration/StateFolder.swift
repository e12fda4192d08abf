import Actors
import Configuration
import Glibc
import JSONText
import Storage
import Testing

/// A state folder of its own for one test.
final class StateFolder: Sendable {
    let path: String

    init() {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array((root + "/cellbridge-state-XXXXXX").utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp"
        }
    }

    deinit {
        for folder in [path + "/backup", path + "/capture", path] {
            for name in Self.names(in: folder) { unlink(folder + "/" + name) }
            rmdir(folder)
        }
    }

    /// What is in a folder.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}

/// The gateway's schema and one secret, which it has none of yet.
let testSchema = Schema(
    Schema.gateway.definitions + [
        SettingDefinition("test.password", .text(maximumBytes: 64), secret: true, "A password.", "Un mot de passe.")
    ])

let confirmedPack: [String: SettingValue] = [
    "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.chemistry": .string("lfp"), "pack.1.cells": .int(16),
    "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100), "pack.1.max_discharge_a": .float(150),
]

/// A suite with managers over a state folder of its own.
protocol ConfigManagerSuite { var folder: StateFolder { get } }

extension ConfigManagerSuite {
    func manager(_ assignments: [String] = []) throws -> ConfigManager {
        ConfigManager(
            folder: folder.path, executor: try StorageThread(),
            overrides: try ConfigurationOverrides(assignments: assignments, schema: testSchema),
            rules: ConfigurationRules(schema: testSchema), wallClock: { 1_763_640_000_000 })
    }

    func opened(_ assignments: [String] = []) async throws -> ConfigManager {
        let manager = try manager(assignments)
        _ = try await manager.open()
        return manager
    }

    func store() throws -> ConfigStore { try ConfigStore(folder: folder.path, wallClock: { 0 }) }

    /// Fields that a refused call complains about.
    func refusal(_ body: () async throws -> Void) async -> [String] {
        do {
            try await body()
            return []
        } catch ConfigError.refused(let refusal) {
            return refusal.problems.map(\.field)
        } catch {
            return ["\(error)"]
        }
    }
}

extension ConfigManager {
    func isOn(_ thread: StorageThread) -> Bool { thread.isIsolatingCurrentContext() == true }
}
