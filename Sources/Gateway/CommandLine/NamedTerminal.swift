import Glibc
import Links

/// A pseudo-terminal that a link in the file system leads to, for as long as it is open.
///
/// The name goes first: the number of a closed pseudo-terminal is soon another's, who would be spoken to in our place.
final class NamedTerminal: ByteLink {
    private let terminal: Pseudoterminal
    private let path: String

    /// Names a pseudo-terminal, in place of an earlier one of that name.
    init(_ terminal: Pseudoterminal, path: String) throws(CommandFailure) {
        (self.terminal, self.path) = (terminal, path)
        _ = unsafe unlink(path)
        guard unsafe symlink(terminal.slavePath, path) == 0 else {
            throw CommandFailure(.inputOutput, "cellbridge: \(path) cannot be made (\(LastError.text))")
        }
    }

    var name: String { terminal.name }
    var unsent: Int { terminal.unsent }
    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { terminal.listen(receiver) }
    func write(_ bytes: [UInt8]) throws(LinkError) { try terminal.write(bytes) }
    func discardInput() { terminal.discardInput() }

    func close() {
        _ = unsafe unlink(path)
        terminal.close()
    }
}
