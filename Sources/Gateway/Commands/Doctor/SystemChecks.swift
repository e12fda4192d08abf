import Battery
import CLinux
import Glibc
import Log

/// Clock, disk and systemd.
enum SystemChecks {
    /// Looks at the clock.
    static func clock() -> [Finding] {
        [clock(.now, isSynchronised: cellbridge_clock_is_synchronised() == 1)]
    }

    /// What is to be said of the clock.
    static func clock(_ now: UTCTime, isSynchronised: Bool) -> Finding {
        // 2024-01-01: a clock before it was never set.
        guard now.milliseconds >= 1_704_067_200_000 else {
            return .fail("clock", "it says \(now)", mend: "connect the network for NTP, or sudo date -s '…'")
        }
        guard isSynchronised else {
            return .warn("clock", "\(now), not kept by NTP", mend: "sudo timedatectl set-ntp true, and a network")
        }
        return .ok("clock", "\(now), kept by NTP")
    }

    /// Looks at the medium of the state folder.
    static func disk(_ state: String) -> [Finding] {
        var status = statvfs()
        // A folder that does not exist yet will be made in its parent.
        guard unsafe statvfs(state, &status) == 0 || statvfs(".", &status) == 0 else { return [] }
        return [disk(free: UInt64(status.f_bavail) * UInt64(status.f_frsize), state)]
    }

    /// What is to be said of so many free bytes.
    static func disk(free: UInt64, _ state: String) -> Finding {
        let mebibytes = Double(free) / 1_048_576
        let text = mebibytes < 10_240 ? "\(mebibytes.decimal(0)) MiB" : "\((mebibytes / 1024).decimal(0)) GiB"
        if mebibytes < 16 {
            return .fail("disk", "\(text) free for \(state)", mend: "free some space: settings cannot be stored")
        }
        if mebibytes < 100 {
            return .warn("disk", "\(text) free for \(state)", mend: "free some space, or lower capture.max_mib")
        }
        return .ok("disk", "\(text) free for \(state)")
    }

    /// Looks at the unit, where there is systemd.
    static func unit(isAnswering: Bool) -> [Finding] {
        guard unsafe access("/run/systemd/system", F_OK) == 0 else { return [] }
        guard let active = Program.output(["systemctl", "is-active", "cellbridge.service"]),
            let enabled = Program.output(["systemctl", "is-enabled", "cellbridge.service"])
        else { return [] }
        return [unit(active: active, enabled: enabled, isAnswering: isAnswering)]
    }

    /// What is to be said of the unit's states, in systemd's words.
    static func unit(active: String, enabled: String, isAnswering: Bool) -> Finding {
        // A unit that does not exist has no state of this kind.
        guard ["enabled", "enabled-runtime", "disabled", "static", "masked"].contains(enabled) else {
            return .warn("unit", "cellbridge.service is not installed", mend: "install the package, to start at boot")
        }
        guard active == "active" else {
            let mend = "sudo systemctl start cellbridge, then journalctl -u cellbridge"
            return isAnswering
                ? .warn("unit", "cellbridge.service is \(active), but a daemon runs by hand", mend: mend)
                : .fail("unit", "cellbridge.service is \(active)", mend: mend)
        }
        guard enabled != "disabled" else {
            return .warn(
                "unit", "cellbridge.service is active, but not at boot", mend: "sudo systemctl enable cellbridge")
        }
        return .ok("unit", "cellbridge.service is active")
    }
}

/// Other programs.
enum Program {
    /// What a program says, without the line's end; nil where it cannot be run.
    static func output(_ words: [String]) -> String? {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addclose(&actions, ends[0])
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        close(ends[1])
        guard code == 0 else { return nil }
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { unsafe read(ends[0], $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += block.prefix(count)
        }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
