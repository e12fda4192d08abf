import JSONText

/// The running daemon.
enum DaemonChecks {
    /// What it says of itself.
    struct Answer {
        /// Nil where none answers.
        var status: JSONTree?
        var findings: [Finding]
    }

    /// Asks the daemon of a state folder.
    static func ask(_ state: String) -> Answer {
        let path = DaemonSocket.path(state: state)
        do throws(CommandFailure) {
            guard let answer = try DaemonSocket.ask(["command": "status"], at: path, "doctor") else {
                return Answer(
                    findings: [
                        .warn(
                            "daemon", "none runs on \(state)",
                            mend: "sudo systemctl start cellbridge, or cellbridge run")
                    ])
            }
            return Answer(status: answer["status"], findings: [finding(answer["status"])])
        } catch {
            return Answer(findings: [.fail("daemon", error.sentence, mend: "journalctl -u cellbridge tells why")])
        }
    }

    /// Its own verdict.
    static func finding(_ status: JSONTree) -> Finding {
        let verdict = WatchPicture(status: status).verdict.plain.split(separator: " ").joined(separator: " ")
        return verdict.hasPrefix("SAFE")
            ? .ok("daemon", "runs: \(verdict)")
            : .warn("daemon", "runs: \(verdict)", mend: "cellbridge watch shows why")
    }
}
