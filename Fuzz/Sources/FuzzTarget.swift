/// One decoder under attack: its name and what must hold for every input.
struct FuzzTarget: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void

    /// Every target there is; `Fuzz/Corpus` has a folder for each.
    static let all = [
        FuzzTarget(name: "tinybms-stream", run: TinyBMSStreamFuzz.run),
        FuzzTarget(name: "tinybms-frame", run: TinyBMSFrameFuzz.run),
        DriverFuzz.target(WildTinyBMS.self),
        FuzzTarget(name: "jbd-frame", run: JBDFuzz.frame),
        FuzzTarget(name: "jbd-stream", run: JBDFuzz.stream),
        DriverFuzz.target(WildJBD.self),
        FuzzTarget(name: "decode-jbd", run: JBDFuzz.line),
        FuzzTarget(name: "daly-frame", run: DalyFuzz.frame),
        FuzzTarget(name: "daly-stream", run: DalyFuzz.stream),
        FuzzTarget(name: "daly-modbus", run: DalyFuzz.modbus),
        DriverFuzz.target(WildDaly.self),
        DriverFuzz.target(WildDalyModbus.self),
        FuzzTarget(name: "decode-daly", run: DalyFuzz.line),
        FuzzTarget(name: "jk-frame", run: JKFuzz.frame),
        FuzzTarget(name: "jk-stream", run: JKFuzz.stream),
        DriverFuzz.target(WildJK.self),
        DriverFuzz.target(WildJKPB.self),
        FuzzTarget(name: "decode-jk", run: JKFuzz.line),
        FuzzTarget(name: "victron", run: VictronFuzz.run),
        FuzzTarget(name: "slcan", run: SLCANFuzz.run),
        FuzzTarget(name: "slcan-bus", run: SLCANBusFuzz.run),
        FuzzTarget(name: "socketcan", run: SocketCANFuzz.run),
        FuzzTarget(name: "config-import", run: ConfigurationFuzz.importing),
        FuzzTarget(name: "config-values", run: ConfigurationFuzz.values),
        FuzzTarget(name: "config-text", run: ConfigurationFuzz.text),
        FuzzTarget(name: "decode-tinybms", run: LineFuzz.tinyBMS),
        FuzzTarget(name: "decode-victron", run: LineFuzz.victron),
        FuzzTarget(name: "scenario", run: ScenarioFuzz.run),
        FuzzTarget(name: "capture", run: TextFuzz.capture),
        FuzzTarget(name: "link-address", run: TextFuzz.linkAddress),
        FuzzTarget(name: "local-request", run: TextFuzz.localRequest),
        FuzzTarget(name: "json-text", run: JSONTextFuzz.run),
        FuzzTarget(name: "json-tree", run: JSONTreeFuzz.run),
        FuzzTarget(name: "http-head", run: RequestHeadFuzz.run),
        FuzzTarget(name: "http-chunks", run: ChunkedBodyFuzz.run),
        FuzzTarget(name: "web-socket", run: WebSocketFuzz.run),
        FuzzTarget(name: "web-address", run: NetworkAddressFuzz.run),
    ]
}

/// Ends the run with a sentence where a property does not hold: libFuzzer keeps the input.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    guard !holds else { return }
    fatalError("property violated: " + property())
}

/// Input as a sequence of small decisions; at its end everything is 0.
struct FuzzInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }

    mutating func long() -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(byte()) << (8 * $1) } }

    /// Up to so many bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(position + count, bytes.count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}
