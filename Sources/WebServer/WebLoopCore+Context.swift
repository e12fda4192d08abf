import CLinux
import CWebSockets
import Glibc

extension WebLoopCore {
    /// Makes the library's context with its virtual hosts, one for plain connections and one for TLS.
    func openContext(connections: Int, certificate: CertificateFiles?) throws(WebServerError) {
        Complaints.collect()
        var info = unsafe lws_context_creation_info()
        describeProtocol()
        unsafe describe(&info, connections: connections, hasTLS: certificate != nil)
        guard let context = unsafe lws_create_context(&info) else {
            throw .context(reason: Complaints.last ?? "no memory or no descriptors")
        }
        unsafe self.context = unsafe context
        unsafe info.vhost_name = UnsafePointer(memory.plainName)
        unsafe plain = lws_create_vhost(context, &info)
        if let certificate { unsafe try openSecure(&info, certificate) }
        guard unsafe plain != nil else {
            destroyContext()
            throw .context(reason: Complaints.last ?? "no memory")
        }
    }

    /// The one protocol: bytes as they come.
    private func describeProtocol() {
        unsafe memory.protocols[0].name = unsafe UnsafePointer(memory.name)
        unsafe memory.protocols[0].callback = { pointer, reason, _, input, count in
            guard let pointer = unsafe pointer, let user = unsafe lws_context_user(lws_get_context(pointer)) else {
                return 0
            }
            let core = unsafe Unmanaged<WebLoopCore>.fromOpaque(user).takeUnretainedValue()
            return unsafe core.tell(reason, pointer, input, count)
        }
        // Large enough that a write of ours goes to the kernel as it is.
        unsafe memory.protocols[0].tx_packet_size = 1 << 20
    }

    private func describe(_ info: inout lws_context_creation_info, connections: Int, hasTLS: Bool) {
        unsafe info.port = CONTEXT_PORT_NO_LISTEN
        unsafe info.gid = -1
        unsafe info.uid = -1
        unsafe info.user = Unmanaged.passUnretained(self).toOpaque()  // the thread keeps us until the context is gone
        unsafe info.protocols = UnsafePointer(memory.protocols)
        // A TLS record whole (16 KiB), so that nothing decrypted is left where poll does not see it.
        unsafe info.pt_serv_buf_size = 16_640
        // Sockets that are being closed still count; the library's own pipe and our listeners do too.
        unsafe info.fd_limit_per_thread = UInt32(connections + 40)
        unsafe info.max_http_header_pool = 1
        unsafe info.options = cellbridge_context_options | (hasTLS ? cellbridge_tls_option : 0)
    }

    private func openSecure(
        _ info: inout lws_context_creation_info, _ certificate: CertificateFiles
    ) throws(WebServerError) {
        let host = unsafe certificate.certificate.withCString { path in
            unsafe certificate.key.withCString { key in
                unsafe "http/1.1".withCString { protocols in
                    unsafe info.vhost_name = UnsafePointer(memory.secureName)
                    // The library gives TLS to a host with a listener alone, or to one that says it has its own.
                    unsafe info.port = CONTEXT_PORT_NO_LISTEN_SERVER
                    unsafe info.ssl_cert_filepath = path
                    unsafe info.ssl_private_key_filepath = key
                    unsafe info.alpn = protocols
                    unsafe info.options |= cellbridge_plain_on_tls_options
                    return unsafe lws_create_vhost(context, &info)
                }
            }
        }
        guard let host = unsafe host else {
            destroyContext()
            throw .certificate(path: certificate.certificate, reason: Complaints.last ?? "it does not fit its key")
        }
        unsafe secure = unsafe host
    }

    /// Closes every socket and gives everything back.
    func destroyContext() {
        guard let context = unsafe context else { return }
        // Every socket is closed in here, and its handler told.
        unsafe lws_context_destroy(context)
        unsafe (self.context, plain, secure) = (nil, nil, nil)
        sockets = [:]
    }
}
