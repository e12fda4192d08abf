import Glibc
import Storage
import Testing

/// The limit seen red without `makeRoom`, the whole lines without `ftruncate`.
@Suite struct RollingFilesTests {
    private let folder = TemporaryFolder()

    private func open(_ limit: Int = 1 << 20) throws -> RollingFiles {
        try RollingFiles(folder: folder.file("capture"), limit: limit, wallClock: noon)
    }

    private var names: [String] { TemporaryFolder.names(in: folder.file("capture")) }

    private var bytes: [Int] {
        names.map { TemporaryFolder.read(folder.file("capture/" + $0))?.count ?? 0 }
    }

    private func line(_ number: Int) -> [UInt8] {
        let text = "line \(number) "
        return Array((text + String(repeating: "x", count: 999 - text.count) + "\n").utf8)
    }

    @Test func `all files together never exceed the limit, and the oldest lines are the ones that go`() throws {
        var files = try open()
        for number in 0..<5000 {
            try files.append(line(number))
            #expect(files.total <= 1 << 20)
        }
        #expect(bytes.reduce(0, +) == files.total && files.total > 800_000)
        let text = names.flatMap { TemporaryFolder.read(folder.file("capture/" + $0)) ?? [] }
        let lines = text.split(separator: UInt8(ascii: "\n"))
        #expect(lines.allSatisfy { $0.count == 999 })
        #expect(String(decoding: lines.last ?? [], as: UTF8.self).hasPrefix("line 4999 "))
        #expect(String(decoding: lines[0], as: UTF8.self).hasPrefix("line \(5000 - lines.count) "))
    }

    @Test func `a new start goes on with the next number and lets go of what is too much by then`() throws {
        do {
            var files = try open()
            for number in 0..<900 { try files.append(line(number)) }
        }
        let before = names
        var files = try open(256 << 10)
        #expect(files.total <= 256 << 10 && names == before.suffix(names.count))
        try files.append(line(0))
        let newest = try #require(names.last)
        #expect(newest == "capture-0000000\(before.count + 1)-20251120T120000Z.log")
    }

    @Test func `other files in the folder are left alone`() throws {
        _ = folder.folder("capture")
        TemporaryFolder.write([UInt8](repeating: 1, count: 2 << 20), to: folder.file("capture/notes.txt"))
        var files = try open()
        try files.append(line(1))
        #expect(names.contains("notes.txt") && files.total == 1000)
    }

    @Test func `only the owner may read them`() throws {
        var files = try open()
        try files.append(line(1))
        var status = stat()
        #expect(stat(folder.file("capture/" + names[0]), &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(stat(folder.file("capture"), &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount"))
    func `S66: on a full disk the oldest file gives way, and at last the lines are refused whole`() throws {
        let disk = try #require(SmallDisk(kibibytes: 600))
        var files = try RollingFiles(folder: disk.path + "/capture", limit: 1 << 20, wallClock: noon)
        for number in 0..<2000 { try files.append(line(number)) }
        #expect(files.total < 600 << 10 && files.total > 100 << 10)
        // Somebody else takes the rest, and more than the older files can give back.
        let filler = Glibc.open(disk.path + "/filler", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        var error: StorageError?
        for number in 0..<2000 where error == nil {
            while write(filler, block, block.count) > 0 {}
            do throws(StorageError) { try files.append(line(number)) } catch let failure { error = failure }
        }
        #expect(error?.kind == .full)
        close(filler)
        for name in TemporaryFolder.names(in: disk.path + "/capture") {
            #expect((TemporaryFolder.read(disk.path + "/capture/" + name)?.count ?? 1) % 1000 == 0, "\(name)")
        }
    }
}
