import Actors
import Glibc
import Storage
import Synchronization

/// The disk under one gateway process: real files, which are full or fail on command.
///
/// A process has a disk of its own although its folder outlives it: once the process is killed, its disk lets nothing more
/// through.
final class SimulatedDisk: Sendable {
    /// What a caller wants to do.
    enum Call: Sendable { case read, write, sync, change }

    /// What does not work.
    struct Condition: Sendable {
        /// Nothing more can be written.
        var isFull = false
        /// Writing, and waiting for the medium, fail.
        var isFailing = false
        /// The process is dead.
        var isDead = false
    }

    private let condition = Mutex(Condition())

    /// Changes what works.
    func change(_ body: (inout Condition) -> Void) { condition.withLock { body(&$0) } }

    /// Why a call is refused, as `errno`; 0 where it is not.
    func refusal(of call: Call) -> Int32 {
        condition.withLock { condition in
            if condition.isDead { return EIO }
            switch call {
            case .read: return 0
            case .sync: return condition.isFailing ? EIO : 0
            case .write, .change:
                if condition.isFailing { return EIO }
                return condition.isFull ? ENOSPC : 0
            }
        }
    }
}

extension FileSystem {
    /// The files of this computer as they are seen through a disk.
    init(on disk: SimulatedDisk, _ vfs: FaultyVFS) {
        self.init(vfs: vfs.name) { call in
            switch call {
            case .stat, .read, .open, .opendir: disk.refusal(of: .read)
            case .fsync: disk.refusal(of: .sync)
            case .mkdir, .rename, .unlink: disk.refusal(of: .change)
            }
        }
    }
}
