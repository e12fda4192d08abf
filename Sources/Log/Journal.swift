import Glibc

/// Whether systemd's journal reads what we write.
package enum Journal {
    /// Whether standard error goes to the journal, so that lines begin with `<N>`.
    package static let readsStandardError: Bool = {
        var status = stat()
        let isKnown = unsafe fstat(STDERR_FILENO, &status) == 0
        return reads(
            stream: variable("JOURNAL_STREAM"), invocation: variable("INVOCATION_ID"),
            descriptor: isKnown ? "\(status.st_dev):\(status.st_ino)" : nil,
            isTerminal: isatty(STDERR_FILENO) == 1)
    }()

    /// Judges by what systemd put into the environment.
    ///
    /// `JOURNAL_STREAM` names the journal's socket by device and inode, so that a program whose output was redirected
    /// since can tell (systemd.exec(5)). Without it, `INVOCATION_ID` says that systemd started us, and then only a
    /// terminal is certain not to want prefixes.
    static func reads(stream: String?, invocation: String?, descriptor: String?, isTerminal: Bool) -> Bool {
        if let stream { return stream == descriptor }
        return invocation != nil && !isTerminal
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
