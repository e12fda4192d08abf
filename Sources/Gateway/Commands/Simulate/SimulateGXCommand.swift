import JSONText
import Links
import Simulator

/// `cellbridge simulate gx`: plays the GX on a CAN bus.
enum SimulateGXCommand {
    static let command = Command(
        "simulate gx", "Plays the GX: keepalives out, the battery's frames in, and what it believes of them",
        options: [
            .init("--can", "ADDRESS", "bus (contract.md 2), or pty:[PATH] for a pseudo-terminal in slcan mode"),
            .init("--json", nil, "one JSON line per change of belief"),
            .init("--seconds", "N", "ends after so long"),
            .init("--frames", nil, "prints each frame as candump does, to stderr"),
        ], waitsForSignals: true
    ) { arguments in try await run(arguments) }

    private static func run(_ arguments: Arguments) async throws -> ExitCode {
        guard let address = arguments.value("--can") else {
            throw CommandFailure.usage(
                "cellbridge simulate gx: --can ADDRESS is missing, such as --can socketcan:vcan0")
        }
        let seconds: Double = try arguments.number("--seconds", in: 0.1...1e9) ?? .infinity
        let loop = try EventLoop(name: "gx")
        let bus = try await open(address, loop)
        let isJSON = arguments.has("--json")
        let showsFrames = arguments.has("--frames")
        let time = CaptureTime(origin: .now, microseconds: 0)
        let gx = SimulatedGX(
            on: loop, bus: bus,
            onFrame: { frame, instant in
                guard showsFrames else { return }
                let record = CaptureRecord(
                    microseconds: time.microseconds(at: instant), channel: "gx", content: .frame(frame))
                Console.complain(record.line)
            },
            onChange: { change in Console.print(isJSON ? change.json.text : change.line) })
        let first = GXChange(time: .zero, belief: gx.belief)
        Console.print(isJSON ? first.json.text : first.line)
        gx.start()
        await Interruption.wait(seconds: seconds, loop: loop)
        gx.stop()
        return .good
    }

    private static func open(_ address: String, _ loop: EventLoop) async throws -> any CANBus {
        if address.hasPrefix("pty:") {
            let name = String(address.dropFirst(4))
            let terminal = try await Terminal.open(on: loop, name: name.isEmpty ? nil : name)
            Console.print(terminal.path)
            return try await terminal.slcan()
        }
        let parsed = try Failure.usage { () throws(LinkError) in try LinkAddress.canBus(address) }
        return try await Failure.inputOutput { () async throws(LinkError) in
            try await LinkOpener.openCANBus(parsed, loop: loop)
        }
    }
}
