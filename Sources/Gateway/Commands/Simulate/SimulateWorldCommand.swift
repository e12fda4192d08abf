import Links
import Log
import Proof
import SimulatedWorld
import Simulator
import Synchronization

/// `cellbridge simulate world`: the whole gateway in worlds from seeds, on virtual time, under the checker's eyes.
enum SimulateWorldCommand {
    static let command = Command(
        "simulate world", "Runs the gateway in simulated worlds from seeds and holds each against the safety rules",
        options: [
            .init("--seed", "N", "one world (default 1)"),
            .init("--seeds", "COUNT|FIRST..LAST", "many worlds; COUNT begins at 1"),
            .init("--hours", "H", "simulated hours of each (default 1)"),
            .init("--packs", "N", "packs in each, 1…3 (default: the seed decides)"),
            .init("--family", "NAME", "make of every pack (default: the seed decides)"),
            .init("--jobs", "N", "threads (default 2)"),
            .init("--clock", nil, "runs worlds that set the wall clock again without: the frames must be the same"),
            .init("--plan", nil, "prints what goes wrong in the world of --seed, and runs nothing"),
            .init("--trace", nil, "prints everything that happens in the world of --seed"),
        ]
    ) { arguments in try await run(arguments) }

    private struct Selection: Sendable {
        var seeds: ClosedRange<UInt64>
        var hours: Double
        var packs: Int?
        var family: String?
        /// Whether S57 is tested by a second run.
        var comparesClock: Bool

        func setup(_ seed: UInt64) -> WorldSetup {
            WorldSetup.drawn(seed: seed, seconds: hours * 3600, packs: packs, family: family)
        }

        /// The words that run one of these worlds again.
        func replay(_ seed: UInt64) -> String {
            "cellbridge simulate world --seed \(seed)" + (hours == 1 ? "" : " --hours \(hours)")
                + (packs.map { " --packs \($0)" } ?? "") + (family.map { " --family \($0)" } ?? "")
                + (comparesClock ? " --clock" : "")
        }
    }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        let selection = Selection(
            seeds: try seeds(arguments), hours: try arguments.number("--hours", in: 0.001...10_000) ?? 1,
            packs: try arguments.number("--packs", in: 1...3), family: arguments.value("--family"),
            comparesClock: arguments.has("--clock"))
        if let family = selection.family, !SimulatedFamily.names.contains(family) {
            throw CommandFailure.usage("cellbridge simulate world: no family \(family) is simulated")
        }
        if arguments.has("--plan") {
            Console.print(selection.setup(selection.seeds.lowerBound).description)
            return .good
        }
        if arguments.has("--trace") { return try trace(selection) }
        return try await campaign(selection, jobs: try arguments.number("--jobs", in: 1...256) ?? 2)
    }

    private static func seeds(_ arguments: Arguments) throws(CommandFailure) -> ClosedRange<UInt64> {
        let one: UInt64? = try arguments.number("--seed", in: 0...UInt64.max)
        guard let text = arguments.value("--seeds") else { return (one ?? 1)...(one ?? 1) }
        guard one == nil else { throw .usage("cellbridge simulate world: give --seed or --seeds, not both") }
        if let count = UInt64(text), (1...10_000_000).contains(count) { return 1...count }
        let ends = text.split(separator: "..", omittingEmptySubsequences: false).compactMap { UInt64($0) }
        guard ends.count == 2, ends[0] <= ends[1], ends[1] - ends[0] < 10_000_000 else {
            throw .usage("cellbridge simulate world: --seeds \(text) is neither a count nor FIRST..LAST")
        }
        return ends[0]...ends[1]
    }

    // MARK: - Many worlds

    private static func campaign(_ selection: Selection, jobs: Int) async throws -> ExitCode {
        struct Sum { var (sinful, sins, failed) = (0, 0, 0) }
        let sum = Mutex(Sum())
        let began = ContinuousClock.now
        let isSingle = selection.seeds.count == 1
        try await Campaign.run(
            selection.seeds.map { seed in { selection.setup(seed) } }, jobs: jobs,
            comparesClock: selection.comparesClock
        ) { result in
            switch result {
            case .success(let examination):
                if isSingle || !examination.sins.isEmpty {
                    Console.print(lines(examination, selection).joined(separator: "\n"))
                }
                sum.withLock { sum in
                    sum.sinful += examination.sins.isEmpty ? 0 : 1
                    sum.sins += examination.sins.count
                }
            case .failure(let error):
                Console.complain("cellbridge simulate world: \(error)")
                sum.withLock { $0.failed += 1 }
            }
        }
        let elapsed = began.duration(to: .now) / .seconds(1)
        let total = sum.withLock { $0 }
        let simulated = Double(selection.seeds.count) * selection.hours * 3600
        Console.print(
            "\(selection.seeds.count) seeds x \(number(selection.hours)) h: \(total.sins) violations"
                + (total.sinful > 0 ? " in \(total.sinful) seeds" : "")
                + ", \(number(elapsed.rounded())) s, \(number((simulated / elapsed).rounded())) x real time")
        if total.failed > 0 { return .inputOutput }
        return total.sins > 0 ? .violation : .good
    }

    /// What one world came to.
    private static func lines(_ examination: Examination, _ selection: Selection) -> [String] {
        let seed = examination.setup.seed
        var lines = [
            "seed \(seed): \(examination.sins.count) violations, \(examination.frames) frames, "
                + "\(examination.processes) processes, fingerprint \(examination.fingerprint)"
        ]
        guard !examination.sins.isEmpty else { return lines }
        lines += examination.sins.prefix(5).map { "  \($0.sentence)" }
        lines += ["  around the first:"] + examination.circumstances.map { "    \($0)" }
        lines.append("  again: \(selection.replay(seed))")
        return lines
    }

    private static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    // MARK: - One world in every detail

    private static func trace(_ selection: Selection) throws -> ExitCode {
        let setup = selection.setup(selection.seeds.lowerBound)
        Console.print(setup.description)
        let time = Mutex<Int64>(0)
        let examination = try Examination(
            of: setup,
            trace: .init(
                happened: { happening, microseconds in
                    time.withLock { $0 = microseconds }
                    Console.print("\(stamp(microseconds)) \(happening)")
                },
                logged: { line in
                    Console.print("\(stamp(time.withLock { $0 })) LOG \(line.level.rawValue) \(line.text)")
                }))
        Console.print(lines(examination, selection).joined(separator: "\n"))
        for sin in examination.sins { Console.print(sin.sentence) }
        return examination.sins.isEmpty ? .good : .violation
    }

    private static func stamp(_ microseconds: Int64) -> String {
        let digits = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - digits.count) + digits
    }
}
