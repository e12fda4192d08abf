import Glibc

/// An open file descriptor that has one owner and is closed with it.
///
/// Whoever watches it on an `EventLoop` takes it out of there before letting it go.
package struct Descriptor: ~Copyable, Sendable {
    /// The number that system calls take.
    package let number: Int32

    /// Takes ownership of an open descriptor.
    package init(owning number: Int32) { self.number = number }

    /// Takes ownership of what a system call returned.
    ///
    /// - Throws: `LinkError.system` with `call` when `result` is negative; `errno` must still be the call's.
    init(_ result: Int32, name: String, call: String) throws(LinkError) {
        guard result >= 0 else { throw .system(name, call: call, errno: errno) }
        number = result
    }

    /// Gives ownership away: the descriptor stays open.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    deinit { _ = Glibc.close(number) }
}
