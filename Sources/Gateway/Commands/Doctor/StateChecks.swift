import Actors
import Configuration
import Glibc
import Links
import Log
import Storage
import Wiring

/// The state folder, the database in it, and the configuration in that.
enum StateChecks {
    /// What is known of the configuration.
    struct Known {
        /// Nil where it cannot be read or is not valid.
        var value: GatewayConfiguration?
        var findings: [Finding] = []

        /// Serial ports that the configuration names.
        var serialPaths: [String] {
            let packs = value?.packs.compactMap { $0.link.flatMap { try? LinkAddress.byteLink($0) } } ?? []
            let bus = (value?.can.link).flatMap { try? LinkAddress.canBus($0) }
            return (packs + (bus.map { [$0] } ?? [])).compactMap { address in
                switch address {
                case .serial(let path, _), .slcan(let path, _): path
                default: nil
                }
            }
        }
    }

    /// Looks at all three.
    static func examine(_ state: String) async -> ([Finding], Known) {
        guard unsafe access(state, F_OK) == 0 else {
            let finding = Finding.warn(
                "state", "there is no folder \(state) yet",
                mend: "the daemon or the first cellbridge config set makes it; another one is chosen with --state")
            return ([finding], judge([:], generation: 0))
        }
        guard unsafe access(state, R_OK | W_OK | X_OK) == 0 else {
            let finding = Finding.fail(
                "state", "\(state) may not be used by this user (\(LastError.text))",
                mend: "run this with sudo, or as the folder's owner")
            return ([finding], Known())
        }
        var findings = [Finding.ok("state", "\(state) can be read and written")] + damaged(state)
        do {
            let manager = ConfigManager(
                folder: state, executor: try StorageThread(), rules: .gateway,
                wallClock: { LogClock.system.wall().milliseconds })
            // Opening verifies header, structure and every value.
            let start = try await manager.open(for: .reading)
            findings.append(.ok("database", "config.sqlite is sound, at generation \(start.state.generation)"))
            await manager.close()
            return (findings, judge(start.state.stored, generation: start.state.generation))
        } catch {
            findings.append(.fail("database", "\(error)", mend: "restart the daemon, which restores the newest backup"))
            return (findings, Known())
        }
    }

    // MARK: - Private

    /// What was damaged once and kept.
    private static func damaged(_ state: String) -> [Finding] {
        let count = FolderNames.list(state).filter { $0.hasPrefix("config.sqlite.damaged-") && $0.hasSuffix("Z") }.count
        guard count > 0 else { return [] }
        return [
            .warn(
                "database", "\(count) damaged configuration file\(count == 1 ? "" : "s") kept in \(state)",
                mend: "check the card or the power supply, then remove config.sqlite.damaged-*")
        ]
    }

    private static func judge(_ stored: ConfigurationValues, generation: Int) -> Known {
        var known = Known()
        let overrides: ConfigurationOverrides
        do { overrides = try ConfigurationOverrides(environment: Environment.all) } catch {
            known.findings = error.problems.map { .misconfigured("configuration", $0.sentence) }
            return known
        }
        do {
            let configuration = try ConfigurationRules.gateway.require(overrides.applied(to: stored))
            known.value = configuration
            known.findings = findings(configuration)
        } catch {
            known.findings = error.problems.map { .misconfigured("configuration", $0.sentence) }
        }
        return known
    }

    /// Whether a valid configuration is a complete one (S64).
    static func findings(_ configuration: GatewayConfiguration) -> [Finding] {
        guard configuration.obstacles.isEmpty else {
            return configuration.obstacles.map { .misconfigured("configuration", $0) }
        }
        guard configuration.isCommissioned else {
            return [
                .warn(
                    "configuration", "every pack is described, but nothing is sent yet",
                    mend: "check the values, then cellbridge config set system.commissioned=true")
            ]
        }
        let count = configuration.packs.count
        return [.ok("configuration", "valid and commissioned, \(count) pack\(count == 1 ? "" : "s")")]
    }
}

/// Names in a folder.
enum FolderNames {
    /// Sorted; none where it cannot be read.
    static func list(_ folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
