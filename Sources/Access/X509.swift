internal import CCrypto
internal import Glibc

// The thin wrapper of libcrypto: every pointer lives in one of these three types and is freed with it.

/// The text of an `errno`.
func systemText(_ errno: Int32) -> String { unsafe String(cString: strerror(errno)) }

/// A private key with its public one.
///
/// `@safe`: the pointer never leaves, and lives as long as this does.
@safe struct KeyPair: ~Copyable {
    fileprivate let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A new one on the curve P-256.
    static func p256() -> KeyPair? {
        guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            unsafe EVP_PKEY_keygen(context, &key) == 1, let key = unsafe key
        else { return nil }
        return unsafe KeyPair(key)
    }

    /// Reads a key without a pass phrase.
    init?(pem: [UInt8]) {
        let memory = Memory(pem)
        // A pass phrase of no length: without it libcrypto would ask for one on the terminal.
        var phrase: [CChar] = [0]
        guard let pointer = unsafe PEM_read_bio_PrivateKey(memory.pointer, nil, nil, &phrase) else { return nil }
        unsafe self.init(pointer)
    }

    /// As PKCS #8.
    var pem: [UInt8]? {
        let memory = Memory()
        guard unsafe PEM_write_bio_PrivateKey(memory.pointer, pointer, nil, nil, 0, nil, nil) == 1 else { return nil }
        return memory.bytes
    }
}

/// A certificate.
///
/// `@safe`: the pointer never leaves, and lives as long as this does.
@safe struct X509Certificate: ~Copyable {
    private let pointer: OpaquePointer

    private init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_free(pointer) }

    /// Reads the first certificate of a PEM.
    init?(pem: [UInt8]) {
        let memory = Memory(pem)
        guard let pointer = unsafe PEM_read_bio_X509(memory.pointer, nil, nil, nil) else { return nil }
        unsafe self.init(pointer)
    }

    /// Makes one that a key signs for itself.
    static func signed(by key: borrowing KeyPair, name: CertificateNames) -> X509Certificate? {
        guard let certificate = unsafe X509_new() else { return nil }
        let made = unsafe X509Certificate(certificate)
        guard unsafe X509_set_version(certificate, 2) == 1,  // counted from 0: version 3
            unsafe Self.setSerial(certificate), unsafe Self.setDates(certificate),
            unsafe Self.setName(certificate, name.names.first ?? "cellbridge"),
            unsafe X509_set_pubkey(certificate, key.pointer) == 1,
            unsafe Self.extend(certificate, NID_basic_constraints, "critical,CA:FALSE"),
            unsafe Self.extend(certificate, NID_key_usage, "critical,digitalSignature"),
            unsafe Self.extend(certificate, NID_ext_key_usage, "serverAuth"),
            unsafe Self.extend(certificate, NID_subject_alt_name, name.text),
            unsafe X509_sign(certificate, key.pointer, EVP_sha256()) > 0
        else { return nil }
        return made
    }

    var pem: [UInt8]? {
        let memory = Memory()
        guard unsafe PEM_write_bio_X509(memory.pointer, pointer) == 1 else { return nil }
        return memory.bytes
    }

    /// SHA-256 of it, as browsers show it.
    var fingerprint: String? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe X509_digest(pointer, EVP_sha256(), &digest, &count) == 1 else { return nil }
        return digest.prefix(Int(count)).map { Hexadecimal.text([$0]).uppercased() }.joined(separator: ":")
    }

    /// Whether it is that key's.
    func belongs(to key: borrowing KeyPair) -> Bool { unsafe X509_check_private_key(pointer, key.pointer) == 1 }

    // MARK: - Private

    /// 127 random bits: no two certificates of one name may have the same number.
    private static func setSerial(_ certificate: OpaquePointer) -> Bool {
        guard let number = unsafe BN_new() else { return false }
        defer { unsafe BN_free(number) }
        return unsafe BN_rand(number, 127, 0, 0) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private static func setDates(_ certificate: OpaquePointer) -> Bool {
        guard let begin = unsafe ASN1_TIME_new(), let end = unsafe ASN1_TIME_new() else { return false }
        defer {
            unsafe ASN1_TIME_free(begin)
            unsafe ASN1_TIME_free(end)
        }
        return unsafe ASN1_TIME_set_string(begin, "200101000000Z") == 1
            && ASN1_TIME_set_string(end, "491231235959Z") == 1 && X509_set1_notBefore(certificate, begin) == 1
            && X509_set1_notAfter(certificate, end) == 1
    }

    /// Subject and issuer.
    private static func setName(_ certificate: OpaquePointer, _ text: String) -> Bool {
        guard let name = unsafe X509_get_subject_name(certificate) else { return false }
        let bytes = Array(text.utf8)
        return unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
    }

    private static func extend(_ certificate: OpaquePointer, _ kind: Int32, _ value: String) -> Bool {
        guard let part = unsafe X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
        defer { unsafe X509_EXTENSION_free(part) }
        return unsafe X509_add_ext(certificate, part, -1) == 1
    }
}

/// Bytes that libcrypto reads or writes.
///
/// `@safe`: the pointer lives as long as this does.
@safe private final class Memory {
    let pointer: OpaquePointer?

    init(_ bytes: [UInt8] = []) {
        unsafe pointer = unsafe BIO_new(BIO_s_mem())
        if !bytes.isEmpty { _ = unsafe BIO_write(pointer, bytes, Int32(clamping: bytes.count)) }
    }

    deinit { unsafe BIO_free(pointer) }

    /// What was written.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe BIO_read(pointer, &block, Int32(block.count))
            guard count > 0 else { return bytes }
            bytes += block.prefix(Int(count))
        }
    }
}
