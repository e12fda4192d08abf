internal import CSQLite
import Glibc
import Synchronization

/// SQLite's own access to files with a `SimulatedDisk` before it: a VFS that is registered as long as this lives.
///
/// `@safe`, `@unchecked Sendable`: the C structures stay at one address from `init` to `deinit`, are never changed in
/// between, and every open file keeps the disk alive that it asks.
@safe final class FaultyVFS: @unchecked Sendable {
    /// What SQLite knows it by.
    let name: String

    private let vfs: UnsafeMutablePointer<sqlite3_vfs>
    private let cName: UnsafeMutablePointer<CChar>

    private static let count = Atomic(0)

    /// Registers it.
    init(_ disk: SimulatedDisk) {
        name = "cellbridge-disk-\(Self.count.add(1, ordering: .relaxed).newValue)"
        unsafe cName = strdup(name)
        unsafe vfs = .allocate(capacity: 1)
        // Every SQLite has a default VFS; without one nothing could have been opened before either.
        guard let standard = unsafe sqlite3_vfs_find(nil) else {
            unsafe vfs.initialize(to: sqlite3_vfs())
            return
        }
        unsafe vfs.initialize(to: standard.pointee)
        unsafe vfs.pointee.zName = UnsafePointer(cName)
        unsafe vfs.pointee.pNext = nil
        unsafe vfs.pointee.szOsFile = standard.pointee.szOsFile + Int32(FaultyFile.headSize)
        unsafe vfs.pointee.pAppData = Unmanaged.passRetained(disk).toOpaque()
        unsafe vfs.pointee.xOpen = FaultyFile.open
        unsafe vfs.pointee.xDelete = FaultyFile.delete
        unsafe sqlite3_vfs_register(vfs, 0)
    }

    deinit {
        unsafe sqlite3_vfs_unregister(vfs)
        if let disk = unsafe vfs.pointee.pAppData { unsafe Unmanaged<SimulatedDisk>.fromOpaque(disk).release() }
        unsafe vfs.deallocate()
        unsafe free(cName)
    }
}
