@testable import Links

/// The slcan bus over a wire on virtual time: whatever the adapter says and whenever, a confirmation is of a frame that
/// was sent and not confirmed before, and never of an older one of its identifier (S41).
enum SLCANBusFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let loop = VirtualLoop(origin: origin)
        let (near, far) = MemoryLink.pair(loop: loop)
        let world = World()
        let task = Task(executorPreference: loop.taskExecutor) {
            world.bus = try? await SLCANBus.open(over: near, bitRate: 500_000, loop: loop)
        }
        defer { task.cancel() }
        loop.runUntilIdle()
        // The adapter may speak while it is being opened.
        feed(&input, to: far)
        loop.run(for: .milliseconds(200))
        guard let bus = world.bus else { return }
        bus.listen { world.take($0) }
        for _ in 0..<200 where !input.isEmpty { step(&input, world, bus, far, loop) }
        near.faults.isStalled = false
        loop.run(for: .seconds(5))
        bus.close()
        world.isClosed = true
        feed(&input, to: far)
        loop.run(for: .seconds(10))
        require(loop.nextTimer == nil, "a closed bus keeps a timer")
    }

    // MARK: - Private

    private static let origin = Instant.now

    private static func step(
        _ input: inout FuzzInput, _ world: World, _ bus: SLCANBus, _ far: MemoryLink, _ loop: VirtualLoop
    ) {
        let choice = input.byte()
        switch choice & 7 {
        case 0: feed(&input, to: far)
        case 1: try? far.write([13])
        case 2: try? far.write(choice & 8 == 0 ? [UInt8(ascii: "z"), 13] : [7])
        case 3: loop.run(for: .milliseconds(Int(input.byte())))
        case 4: loop.run(for: .milliseconds(Int(input.byte()) * 40))
        default: world.send(0x351 + UInt32(choice >> 3 & 3), on: bus)
        }
        loop.runUntilIdle()
    }

    private static func feed(_ input: inout FuzzInput, to far: MemoryLink) {
        try? far.write(input.take(Int(input.byte())))
    }

    /// What was sent and confirmed. Used by one thread.
    private final class World: @unchecked Sendable {
        var bus: SLCANBus?
        var isClosed = false
        /// The newest unconfirmed frame of each identifier.
        private var underWay: [UInt32: CANFrame] = [:]
        private var count: UInt8 = 0

        func send(_ identifier: UInt32, on bus: SLCANBus) {
            count &+= 1
            guard let frame = CANFrame(identifier, [count]) else { return }
            do {
                try bus.send(frame)
                underWay[identifier] = frame
            } catch {}
        }

        func take(_ event: CANBusEvent) {
            require(!isClosed, "a closed bus tells of \(event)")
            guard case .confirmed(let frame, _) = event else { return }
            require(
                underWay[frame.identifier] == frame,
                "\(frame) is confirmed while \(String(describing: underWay[frame.identifier])) is under way")
            underWay[frame.identifier] = nil
        }
    }
}
