internal import CCrypto

/// A TLS certificate with its private key, as PEM (S76).
package struct Certificate: Sendable {
    /// PEM of the certificate, and of those that lead to its authority.
    package let chain: [UInt8]
    /// PEM of the private key. For the key file and the TLS library alone.
    let key: PrivateKey
    /// SHA-256 of the certificate as browsers show it: 32 bytes in hexadecimal digits, with colons.
    package let fingerprint: String

    /// A private key that shows itself nowhere.
    struct PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
        let pem: [UInt8]
        var description: String { "•••" }
        var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// Reads a certificate and its key.
    ///
    /// - Throws: `CertificateError` where either is unreadable, or they do not belong together.
    package init(chain: [UInt8], key: [UInt8]) throws(CertificateError) {
        guard let certificate = X509Certificate(pem: chain) else { throw .notPEM("certificate") }
        guard let pair = KeyPair(pem: key) else { throw .notPEM("private key") }
        guard certificate.belongs(to: pair) else { throw .foreignKey }
        guard let fingerprint = certificate.fingerprint else { throw .library("X509_digest") }
        self.chain = chain
        self.key = PrivateKey(pem: key)
        self.fingerprint = fingerprint
    }

    /// Makes one for this device: an ECDSA key on P-256, signed by itself.
    ///
    /// Its dates are fixed, because a computer without a clock makes it at its first start: it is valid from 2020 to
    /// the end of 2049.
    ///
    /// - Parameters:
    ///   - name: host name; it stands in the certificate with and without `.local`.
    ///   - addresses: numeric addresses that it stands for, too.
    /// - Returns: the certificate with its key.
    /// - Throws: `CertificateError.library`.
    package static func make(name: String, addresses: [String]) throws(CertificateError) -> Certificate {
        guard let pair = KeyPair.p256() else { throw .library("EVP_PKEY_keygen") }
        guard let key = pair.pem else { throw .library("PEM_write_bio_PrivateKey") }
        guard let certificate = X509Certificate.signed(by: pair, name: CertificateNames(name, addresses: addresses)),
            let chain = certificate.pem
        else { throw .library("X509_sign") }
        return try Certificate(chain: chain, key: key)
    }
}

/// What a certificate of our own stands for.
struct CertificateNames: Sendable, Hashable {
    /// The first one is the name that people read.
    var names: [String]
    var addresses: [String]

    /// Takes only what can stand in a certificate: a host name may be anything.
    init(_ name: String, addresses: [String]) {
        let first = name.lowercased().split(separator: ".").first.map(String.init) ?? ""
        let label = Self.isLabel(first) ? first : "cellbridge"
        let whole = name.lowercased().split(separator: ".").allSatisfy { Self.isLabel(String($0)) } && name.count <= 64
        names = [label, label + ".local"]
        if whole, !names.contains(name.lowercased()), !name.isEmpty { names.append(name.lowercased()) }
        names.append("localhost")
        // A zone means something on this computer only.
        self.addresses = addresses.filter { !$0.contains("%") && PeerNetwork($0) != .other }
    }

    /// As libcrypto reads a subjectAltName.
    var text: String { (names.map { "DNS:" + $0 } + addresses.map { "IP:" + $0 }).joined(separator: ",") }

    private static func isLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

/// Why there is no certificate.
package enum CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// That part is no PEM, or of a kind that cannot be used.
    case notPEM(String)
    /// The key belongs to another certificate.
    case foreignKey
    /// A call of libcrypto failed.
    case library(String)
    /// A call on a file failed.
    case file(call: String, path: String, errno: Int32)
    /// The user's certificate is wanted, and this file of it is not there.
    case missing(path: String)

    package var description: String {
        switch self {
        case .notPEM(let part): "the \(part) cannot be read: it has to be PEM, and the key without a pass phrase"
        case .foreignKey: "the private key does not belong to the certificate: put the pair there that does"
        case .library(let call): "\(call) of libcrypto failed"
        case .file(let call, let path, let errno): "\(call) of \(path) failed: \(systemText(errno))"
        case .missing(let path): "\(path) is not there: put it there, or set web.tls to auto"
        }
    }
}
