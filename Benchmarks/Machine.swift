package import JSONText

/// The machine that the figures are of.
package enum Machine {
    /// Load average over the last minute; 0 where it cannot be read.
    package static var load: Double {
        Double(Bare.text(of: "/proc/loadavg").split(separator: " ").first ?? "") ?? 0
    }

    /// Processors that this process may use.
    package static var processors: Int { Bare.processors }

    /// Name of the processor; empty where the kernel does not tell.
    package static var processor: String {
        let line = Bare.text(of: "/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        guard let value = line?.split(separator: ":").last else { return "" }
        return value.split(separator: " ").joined(separator: " ")
    }

    /// Release of the kernel.
    package static var kernel: String {
        String(Bare.text(of: "/proc/sys/kernel/osrelease").prefix { $0 != "\n" })
    }

    /// As one line.
    package static var text: String {
        "\(processors) × \(processor.isEmpty ? "processor" : processor), Linux \(kernel), load average "
            + Bare.text(of: "/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
    }

    /// As one JSON object.
    package static var json: JSONValue {
        [
            "processors": .integer(processors), "processor": .string(processor), "kernel": .string(kernel),
            "load": .number(load),
        ]
    }
}
