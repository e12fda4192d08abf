import Glibc

/// Size of the program's file.
enum SizeBenchmark {
    static func run(program: String) throws -> [Figure] {
        let descriptor = unsafe open(program, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkFailure("\(program) cannot be read") }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let hasSymbols = hasSymbols(descriptor)
        let isStatic = !Bare.text(of: "/proc/self/maps").contains("libswiftCore.so")
        let note =
            (hasSymbols ? "NOT stripped" : "stripped") + (isStatic ? "" : "; NOT static, Swift's libraries come on top")
        return [
            Figure(
                "size of the program", Double(size) / 1_048_576, "MB", limit: .init("the bar", 20), bar: .atMost(20),
                note: note)
        ]
    }

    // MARK: - Private

    /// Whether an ELF file of 64 bits has a symbol table (section type 2), by its section headers.
    private static func hasSymbols(_ descriptor: Int32) -> Bool {
        let head = bytes(descriptor, at: 0, count: 64)
        guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), head.count == 64 else { return false }
        let (start, width) = (number(head, 40, 8), number(head, 58, 2))
        return (0..<number(head, 60, 2)).contains { index in
            number(bytes(descriptor, at: start + index * width, count: 8), 4, 4) == 2
        }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        bytes.dropFirst(offset).prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func bytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, offset) }
        return Array(bytes.prefix(max(0, got)))
    }
}
