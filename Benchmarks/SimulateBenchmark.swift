import SimulatedWorld
import Simulator

/// How fast a simulated world passes: the whole gateway, a pack, a GX and the recording, by the time of one processor.
enum SimulateBenchmark {
    /// Simulated seconds of one sample.
    private static let seconds = 600.0

    static func run() throws -> [Figure] {
        var speeds: [Double] = []
        var frames = 0
        for batch in 0...7 {
            let pack = Installation.Pack(PackParameters(), maximumCharge: 100, maximumDischarge: 150)
            let setup = WorldSetup(
                seed: UInt64(batch), seconds: seconds, installation: Installation(packs: [pack]))
            let began = Bare.threadTime
            frames += try Examination(of: setup).frames
            // The first one warms up.
            if batch > 0 { speeds.append(seconds * 1e9 / Double(Bare.threadTime - began)) }
        }
        return [
            Figure(
                "simulate world", Samples(speeds).median ?? .nan, "×", limit: .init("real time", 1),
                bar: .atLeast(10_000), count: speeds.count,
                note: "whole gateway, one pack at 2 polls/s, GX and checker on one core; \(frames) frames")
        ]
    }
}
