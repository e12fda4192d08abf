import CLibFuzzer
import Glibc

/// SwiftPM gives the main program of a target this name, and the linker the alias `main`.
///
/// `--target=NAME` says what is fuzzed; libFuzzer passes over flags that begin with two dashes, and hands them on to the
/// processes that it starts itself.
@c(Fuzz_main)
public func run(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    let words = (0..<Int(count)).compactMap { arguments?[$0].map { String(cString: $0) } }
    let name = words.last { $0.hasPrefix("--target=") }?.dropFirst("--target=".count)
    guard let target = FuzzTarget.all.first(where: { $0.name == name.map(String.init) ?? "" }) else {
        print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
        return words.contains("--list") ? 0 : 64
    }
    chosen = target
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments, fuzzOne)
}

/// What libFuzzer calls with each input.
///
/// S20 asks for linear time: no input, which has at most 4096 bytes, may cost a second of processor time. The slowest
/// takes about ten milliseconds; libFuzzer's own limit is of the clock on the wall, which a busy machine oversteps.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let began = processorTime
    chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    let cost = processorTime - began
    require(cost < .seconds(1), "S20: \(count) bytes cost \(cost) of processor time")
    return 0
}

private var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// Set once, before libFuzzer's single thread begins.
private nonisolated(unsafe) var chosen = FuzzTarget(name: "none") { _ in }
