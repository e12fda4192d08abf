import Glibc
import Storage
import Testing

/// An actor that lives on a storage thread, as every storage actor does.
private actor Clerk {
    private let thread: StorageThread
    private var entries = 0

    init(thread: StorageThread) { self.thread = thread }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Where the kernel shows the thread; `pthread_self` is declared constant, and an optimiser keeps its value over a
    /// change of threads.
    func work() -> String {
        entries += 1
        var path = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/thread-self", &path, path.count)
        return String(decoding: path.prefix(max(length, 0)).map(UInt8.init), as: UTF8.self)
    }

    func count() -> Int { entries }

    /// Blocks the thread until the gate opens, as a dying card would.
    func block(_ gate: Gate) { gate.wait() }
}

private final class Gate: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }
    deinit { semaphore.deallocate() }
    func wait() { while sem_wait(semaphore) != 0 {} }
    func open() { sem_post(semaphore) }
}

/// S33. Without the executor the pool is blocked and the test hangs until its time limit (seen).
@Suite(.timeLimit(.minutes(1))) struct StorageThreadTests {
    @Test func `all calls run on one thread that is nobody else's`() async throws {
        let clerk = Clerk(thread: try StorageThread())
        let other = Clerk(thread: try StorageThread())
        let first = await clerk.work()
        for _ in 0..<50 { #expect(await clerk.work() == first) }
        #expect(await other.work() != first)
        #expect(await clerk.count() == 51)
    }

    @Test func `S33: blocked storage holds no thread of the pool`() async throws {
        let gates = (0..<8).map { _ in Gate() }
        // More blocked actors than the pool has threads.
        let clerks = try gates.map { _ in Clerk(thread: try StorageThread()) }
        await withTaskGroup(of: Void.self) { group in
            for (clerk, gate) in zip(clerks, gates) { group.addTask { await clerk.block(gate) } }
            // This work is on the pool; were the pool blocked, the gates would never open.
            let sum = await withTaskGroup(of: Int.self) { pool in
                for number in 0..<64 {
                    pool.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await pool.reduce(0, +)
            }
            #expect(sum == 2016)
            for gate in gates { gate.open() }
        }
    }

    @Test func `threads come and go a hundred times`() async throws {
        for _ in 0..<100 {
            let clerk = Clerk(thread: try StorageThread())
            async let one = clerk.work()
            async let two = clerk.work()
            #expect(await one == two)
        }
    }
}
