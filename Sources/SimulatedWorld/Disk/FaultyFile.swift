internal import CSQLite
import Glibc

/// A file that SQLite has opened through a `FaultyVFS`: a head of ours, and behind it the file of the default VFS.
@safe struct FaultyFile {
    private var base = unsafe sqlite3_file()
    /// Retained from opening to closing.
    private var disk: UnsafeMutableRawPointer?

    /// Bytes before the real file, a multiple of 8.
    static let headSize = (MemoryLayout<FaultyFile>.size + 7) / 8 * 8

    private typealias File = UnsafeMutablePointer<sqlite3_file>

    private init(disk: UnsafeMutableRawPointer?) { unsafe self.disk = disk }

    // MARK: - The VFS

    /// Opens a file by the default VFS.
    static let open:
        @convention(c) (
            UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, UnsafeMutablePointer<sqlite3_file>?, Int32,
            UnsafeMutablePointer<Int32>?
        ) -> Int32 = { vfs, path, file, flags, out in
            guard let vfs = unsafe vfs, let file = unsafe file, let standard = unsafe sqlite3_vfs_find(nil),
                let open = unsafe standard.pointee.xOpen, let disk = unsafe vfs.pointee.pAppData
            else { return SQLITE_CANTOPEN }
            unsafe file.pointee.pMethods = nil
            let code = unsafe open(standard, path, FaultyFile.real(file), flags, out)
            guard code == SQLITE_OK, unsafe FaultyFile.real(file).pointee.pMethods != nil else { return code }
            let head = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: FaultyFile.self)
            unsafe head.initialize(
                to: FaultyFile(
                    disk: Unmanaged.passRetained(Unmanaged<SimulatedDisk>.fromOpaque(disk).takeUnretainedValue())
                        .toOpaque()))
            unsafe head.pointee.base.pMethods = UnsafePointer(methods.table)
            return code
        }

    /// Removes a file by the default VFS.
    static let delete: @convention(c) (UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, Int32) -> Int32 = {
        vfs, path, synchronizes in
        guard let data = unsafe vfs?.pointee.pAppData, let standard = unsafe sqlite3_vfs_find(nil),
            let delete = unsafe standard.pointee.xDelete
        else { return SQLITE_IOERR | (10 << 8) }
        let disk = unsafe Unmanaged<SimulatedDisk>.fromOpaque(data).takeUnretainedValue()
        guard disk.refusal(of: .change) == 0 else { return SQLITE_IOERR | (10 << 8) }
        return unsafe delete(standard, path, synchronizes)
    }

    // MARK: - One file

    private static func real(_ file: File) -> File {
        unsafe (UnsafeMutableRawPointer(file) + headSize).assumingMemoryBound(to: sqlite3_file.self)
    }

    private static func refusal(_ file: File, _ call: SimulatedDisk.Call) -> Int32 {
        let head = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: FaultyFile.self)
        guard let disk = unsafe head.pointee.disk else { return EIO }
        return unsafe Unmanaged<SimulatedDisk>.fromOpaque(disk).takeUnretainedValue().refusal(of: call)
    }

    /// SQLite's code for a call that the disk refuses; nil where it does not.
    private static func failure(_ file: File, _ call: SimulatedDisk.Call, _ code: Int32) -> Int32? {
        switch unsafe refusal(file, call) {
        case 0: nil
        case ENOSPC: SQLITE_FULL
        default: SQLITE_IOERR | (code << 8)
        }
    }

    /// `@safe`, `@unchecked Sendable`: made once, kept for ever, never changed.
    @safe private struct Methods: @unchecked Sendable {
        let table: UnsafeMutablePointer<sqlite3_io_methods>
    }

    /// The one table of calls.
    private static let methods: Methods = {
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var calls = sqlite3_io_methods()
        calls.iVersion = 3
        addFile(to: &calls)
        addLocks(to: &calls)
        addMaps(to: &calls)
        unsafe table.initialize(to: calls)
        return unsafe Methods(table: table)
    }()

    private static func addFile(to calls: inout sqlite3_io_methods) {
        unsafe calls.xClose = { file in
            guard let file = unsafe file else { return SQLITE_OK }
            let code =
                unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xClose?(FaultyFile.real(file)) ?? SQLITE_OK
            let head = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: FaultyFile.self)
            if let disk = unsafe head.pointee.disk { unsafe Unmanaged<SimulatedDisk>.fromOpaque(disk).release() }
            unsafe head.pointee.disk = nil
            return code
        }
        unsafe calls.xRead = { file, buffer, count, at in
            guard let file = unsafe file else { return SQLITE_IOERR }
            if let code = unsafe FaultyFile.failure(file, .read, 1) { return code }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xRead?(
                FaultyFile.real(file), buffer, count, at) ?? SQLITE_IOERR
        }
        unsafe calls.xWrite = { file, buffer, count, at in
            guard let file = unsafe file else { return SQLITE_IOERR }
            if let code = unsafe FaultyFile.failure(file, .write, 3) { return code }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xWrite?(
                FaultyFile.real(file), buffer, count, at) ?? SQLITE_IOERR
        }
        unsafe calls.xTruncate = { file, size in
            guard let file = unsafe file else { return SQLITE_IOERR }
            if let code = unsafe FaultyFile.failure(file, .write, 6) { return code }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xTruncate?(FaultyFile.real(file), size)
                ?? SQLITE_IOERR
        }
        unsafe calls.xSync = { file, flags in
            guard let file = unsafe file else { return SQLITE_IOERR }
            if let code = unsafe FaultyFile.failure(file, .sync, 4) { return code }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xSync?(FaultyFile.real(file), flags)
                ?? SQLITE_IOERR
        }
        unsafe calls.xFileSize = { file, size in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xFileSize?(FaultyFile.real(file), size)
                ?? SQLITE_IOERR
        }
    }

    private static func addLocks(to calls: inout sqlite3_io_methods) {
        unsafe calls.xLock = { file, kind in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xLock?(FaultyFile.real(file), kind)
                ?? SQLITE_IOERR
        }
        unsafe calls.xUnlock = { file, kind in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xUnlock?(FaultyFile.real(file), kind)
                ?? SQLITE_IOERR
        }
        unsafe calls.xCheckReservedLock = { file, answer in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xCheckReservedLock?(
                FaultyFile.real(file), answer) ?? SQLITE_IOERR
        }
        unsafe calls.xFileControl = { file, operation, argument in
            guard let file = unsafe file else { return SQLITE_NOTFOUND }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xFileControl?(
                FaultyFile.real(file), operation, argument)
                ?? SQLITE_NOTFOUND
        }
        unsafe calls.xSectorSize = { file in
            guard let file = unsafe file else { return 4096 }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xSectorSize?(FaultyFile.real(file)) ?? 4096
        }
        unsafe calls.xDeviceCharacteristics = { file in
            guard let file = unsafe file else { return 0 }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xDeviceCharacteristics?(FaultyFile.real(file))
                ?? 0
        }
    }

    private static func addMaps(to calls: inout sqlite3_io_methods) {
        unsafe calls.xShmMap = { file, page, size, extends, out in
            guard let file = unsafe file else { return SQLITE_IOERR }
            if extends != 0, let code = unsafe FaultyFile.failure(file, .write, 19) { return code }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xShmMap?(
                FaultyFile.real(file), page, size, extends, out)
                ?? SQLITE_IOERR
        }
        unsafe calls.xShmLock = { file, offset, count, flags in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xShmLock?(
                FaultyFile.real(file), offset, count, flags)
                ?? SQLITE_IOERR
        }
        unsafe calls.xShmBarrier = { file in
            guard let file = unsafe file else { return }
            unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xShmBarrier?(FaultyFile.real(file))
        }
        unsafe calls.xShmUnmap = { file, deletes in
            guard let file = unsafe file else { return SQLITE_OK }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xShmUnmap?(FaultyFile.real(file), deletes)
                ?? SQLITE_OK
        }
        unsafe calls.xFetch = { file, at, count, out in
            guard let file = unsafe file else { return SQLITE_IOERR }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xFetch?(FaultyFile.real(file), at, count, out)
                ?? SQLITE_IOERR
        }
        unsafe calls.xUnfetch = { file, at, pointer in
            guard let file = unsafe file else { return SQLITE_OK }
            return unsafe FaultyFile.real(file).pointee.pMethods?.pointee.xUnfetch?(FaultyFile.real(file), at, pointer)
                ?? SQLITE_OK
        }
    }
}
