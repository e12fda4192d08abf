import Glibc
import Testing

@testable import Access

/// The device's certificate (S76).
@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/cellbridge-certificate-XXXXXX".utf8CString)
        let folder = try #require(
            template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
        defer {
            for name in ["own-key.pem", "own-certificate.pem", "key.pem", "certificate.pem"] {
                unlink(folder + "/tls/" + name)
            }
            rmdir(folder + "/tls")
            rmdir(folder)
        }
        try body(folder)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func write(_ bytes: [UInt8], _ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    @Test
    func `S76: the first start makes a certificate and a key that only its owner reads, and later ones keep them`()
        throws
    {
        try withFolder { folder in
            let files = CertificateStore(state: folder)
            let first = try files.open(.own, name: "boat", addresses: ["192.0.2.1"])
            #expect(first.isNew && mode(first.keyPath) == 0o600 && mode(folder + "/tls") == 0o700)
            let parts = first.certificate.fingerprint.split(separator: ":")
            #expect(parts.count == 32 && parts.allSatisfy { $0.count == 2 && UInt8($0, radix: 16) != nil })
            let second = try files.open(.own, name: "another", addresses: [])
            #expect(!second.isNew && second.certificate.fingerprint == first.certificate.fingerprint)
        }
    }

    @Test func `S76: a pair that a power cut left unfit gives way to a new one, and says so`() throws {
        try withFolder { folder in
            let files = CertificateStore(state: folder)
            let first = try files.open(.own, name: "boat", addresses: [])
            let other = try Certificate.make(name: "boat", addresses: [])
            write(other.key.pem, first.keyPath)
            let second = try files.open(.own, name: "boat", addresses: [])
            #expect(second.isNew && second.replaced == .foreignKey)
            write(Array(first.certificate.chain.prefix(100)), first.chainPath)
            #expect(try files.open(.own, name: "boat", addresses: []).replaced == .notPEM("certificate"))
            unlink(first.keyPath)
            #expect(try files.open(.own, name: "boat", addresses: []).isNew)
            #expect(try !files.open(.own, name: "boat", addresses: []).isNew)
        }
    }

    @Test func `S76: the user's certificate takes the place of the own one, and what is wrong with it is said`() throws
    {
        try withFolder { folder in
            let files = CertificateStore(state: folder)
            let own = try files.open(.own, name: "boat", addresses: []).certificate
            #expect(throws: CertificateError.missing(path: folder + "/tls/certificate.pem")) {
                try files.open(.files, name: "boat", addresses: [])
            }
            let users = try Certificate.make(name: "shop.example.org", addresses: [])
            write(users.chain, folder + "/tls/certificate.pem")
            write(own.key.pem, folder + "/tls/key.pem")
            #expect(throws: CertificateError.foreignKey) { try files.open(.files, name: "boat", addresses: []) }
            write(users.key.pem, folder + "/tls/key.pem")
            #expect(try files.open(.files, name: "boat", addresses: []).certificate.fingerprint == users.fingerprint)
            write(
                Array("-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n".utf8), folder + "/tls/key.pem"
            )
            #expect(throws: CertificateError.notPEM("private key")) {
                try files.open(.files, name: "boat", addresses: [])
            }
        }
    }

    @Test func `S76: a certificate stands for the host name, name.local and the addresses given`() {
        let names = CertificateNames("Boat", addresses: ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "rubbish"])
        #expect(names.text == "DNS:boat,DNS:boat.local,DNS:localhost,IP:192.0.2.1,IP:2001:db8::1")
        #expect(CertificateNames("boat.example.org", addresses: []).names.contains("boat.example.org"))
        // A name that is none must not become an instruction to the library.
        for name in ["", "a,IP:1.2.3.4", "-", "boat_1", "ünïcode", String(repeating: "x", count: 300)] {
            #expect(CertificateNames(name, addresses: []).text == "DNS:cellbridge,DNS:cellbridge.local,DNS:localhost")
        }
    }

    @Test func `S91: a private key shows itself nowhere`() throws {
        let certificate = try Certificate.make(name: "boat", addresses: [])
        var dumped = ""
        dump(certificate, to: &dumped)
        #expect(!dumped.contains("PRIVATE") && !"\(certificate)".contains("PRIVATE"))
        #expect(!dumped.contains(certificate.key.pem.map(String.init).joined(separator: ", ")))
    }
}
