import Glibc

/// Where the pages are.
enum PageFolder {
    /// The first of these that is there: what `CELLBRIDGE_WEB` names, what is installed beside the program, and the
    /// source tree.
    static var path: String? {
        if let named = Environment.all["CELLBRIDGE_WEB"] { return named }
        return [installed, "./Resources/web"].compactMap(\.self).first { unsafe access($0 + "/index.html", R_OK) == 0 }
    }

    /// `PREFIX/share/cellbridge/web` of a program in `PREFIX/bin`.
    private static var installed: String? {
        guard let program = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(program) }
        let parts = unsafe String(cString: program).split(separator: "/").dropLast(2)
        return "/" + (parts + ["share", "cellbridge", "web"]).joined(separator: "/")
    }
}
