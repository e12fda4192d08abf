internal import Glibc

/// Where the certificate comes from: `STATE/tls/`, or files that the user names (S76).
package struct CertificateStore: Sendable {
    /// Whose certificate is served.
    package enum Source: Sendable, Hashable {
        /// The device's own: `own-certificate.pem` and `own-key.pem`, made when they are not there.
        case own
        /// The user's: `certificate.pem`, with the chain to its authority behind it, and `key.pem`.
        case files
        /// The user's, in files of other names.
        case named(certificate: String, key: String)
    }

    /// A certificate, and whether the device has just made it.
    package struct Found: Sendable {
        package let certificate: Certificate
        package let isNew: Bool
        /// Why an own certificate that was there could not be used and gave way to a new one; clients that trusted it
        /// have to be told the new fingerprint.
        package let replaced: CertificateError?
        package let chainPath: String
        package let keyPath: String
    }

    private let folder: String

    /// - Parameter state: the state folder.
    package init(state: String) { folder = state + "/tls" }

    /// The certificate to serve. Blocks: the files are small, and it is asked for once, before anybody is served.
    ///
    /// - Parameters:
    ///   - source: whose.
    ///   - name: host name, for a certificate that has to be made.
    ///   - addresses: the device's addresses, likewise.
    /// - Returns: the certificate, and where it lies.
    /// - Throws: `CertificateError`.
    package func open(_ source: Source, name: String, addresses: [String]) throws(CertificateError) -> Found {
        switch source {
        case .files: try openFiles(folder + "/certificate.pem", folder + "/key.pem")
        case .named(let certificate, let key): try openFiles(certificate, key)
        case .own: try openOwn(name, addresses)
        }
    }

    // MARK: - Private

    private static let longest = 1 << 20

    private func openFiles(_ chainPath: String, _ keyPath: String) throws(CertificateError) -> Found {
        guard let chain = try read(chainPath) else { throw .missing(path: chainPath) }
        guard let key = try read(keyPath) else { throw .missing(path: keyPath) }
        return Found(
            certificate: try Certificate(chain: chain, key: key), isNew: false, replaced: nil, chainPath: chainPath,
            keyPath: keyPath)
    }

    private func openOwn(_ name: String, _ addresses: [String]) throws(CertificateError) -> Found {
        let (chainPath, keyPath) = (folder + "/own-certificate.pem", folder + "/own-key.pem")
        var fault: CertificateError?
        if let chain = try read(chainPath), let key = try read(keyPath) {
            do throws(CertificateError) {
                let certificate = try Certificate(chain: chain, key: key)
                return Found(
                    certificate: certificate, isNew: false, replaced: nil, chainPath: chainPath, keyPath: keyPath)
            } catch { fault = error }
        }
        let certificate = try Certificate.make(name: name, addresses: addresses)
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .file(call: "mkdir", path: folder, errno: errno)
        }
        // The key first: a power cut in between leaves a pair that does not fit, and the next start makes a new one.
        try write(certificate.key.pem, to: keyPath)
        try write(certificate.chain, to: chainPath)
        return Found(
            certificate: certificate, isNew: true, replaced: fault, chainPath: chainPath, keyPath: keyPath)
    }

    /// A file's bytes; nil where there is none.
    private func read(_ path: String) throws(CertificateError) -> [UInt8]? {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .file(call: "open", path: path, errno: errno) }
            return nil
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < Self.longest {
            let count = unsafe block.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(call: "read", path: path, errno: errno) }
            guard count > 0 else { break }
            bytes += block.prefix(count)
        }
        return bytes
    }

    /// Writes a file that only its owner may read, in one step, and waits until it is on the medium.
    private func write(_ bytes: [UInt8], to path: String) throws(CertificateError) {
        let fresh = path + ".new"
        _ = unsafe unlink(fresh)  // what a power cut left there may have another mode
        let descriptor = unsafe Glibc.open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(call: "open", path: fresh, errno: errno) }
        var isOpen = true
        defer { if isOpen { close(descriptor) } }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(call: "write", path: fresh, errno: errno) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw .file(call: "fsync", path: fresh, errno: errno) }
        isOpen = false
        guard close(descriptor) == 0 else { throw .file(call: "close", path: fresh, errno: errno) }
        guard unsafe rename(fresh, path) == 0 else { throw .file(call: "rename", path: path, errno: errno) }
        // The name is on the medium when its folder is.
        let parent = unsafe Glibc.open(folder, O_RDONLY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }
}
