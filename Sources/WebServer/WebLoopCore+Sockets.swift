import CWebSockets
import Glibc

extension WebLoopCore {
    /// Takes an accepted socket over; its owner from now on is the loop. Nil when the loop cannot.
    func adopt(_ descriptor: Int32, isSecure: Bool, handler: (LoopWire) -> any WireHandler) -> UInt? {
        guard let host = unsafe isSecure ? secure : plain else {
            Glibc.close(descriptor)
            return nil
        }
        lastNumber += 1
        let number = lastNumber
        let type = LWS_ADOPT_SOCKET.rawValue | (isSecure ? LWS_ADOPT_ALLOW_SSL.rawValue : 0)
        guard let pointer = unsafe adopt(descriptor, host, type, number) else { return nil }
        sockets[number] = unsafe Socket(
            pointer: pointer, handler: .connection(handler(LoopWire(core: self, number: number))))
        return number
    }

    /// Watches a listening socket, which the loop owns from now on.
    func listen(on descriptor: Int32, _ handler: @escaping @Sendable () -> Void) -> UInt? {
        guard let host = unsafe plain else { return nil }
        lastNumber += 1
        guard let pointer = unsafe adopt(descriptor, host, LWS_ADOPT_RAW_FILE_DESC.rawValue, lastNumber) else {
            return nil
        }
        sockets[lastNumber] = unsafe Socket(pointer: pointer, handler: .listener(handler))
        return lastNumber
    }

    private func adopt(_ descriptor: Int32, _ host: OpaquePointer, _ type: UInt32, _ number: UInt) -> OpaquePointer? {
        var adoption = unsafe lws_adopt_desc_t()
        unsafe adoption.vh = unsafe host
        unsafe adoption.type = lws_adoption_type(rawValue: type)
        unsafe adoption.fd.sockfd = descriptor
        // A number in the shape of a pointer: it is never followed.
        unsafe adoption.opaque = UnsafeMutableRawPointer(bitPattern: number)
        return unsafe lws_adopt_descriptor_vhost_via_info(&adoption)
    }

    func isSecure(_ number: UInt) -> Bool {
        guard let socket = sockets[number] else { return false }
        return unsafe lws_is_ssl(socket.pointer) != 0
    }

    func write(_ bytes: [UInt8], to number: UInt) -> WriteOutcome {
        guard let socket = sockets[number], !socket.isWaiting else { return .failed }
        let pointer = unsafe socket.pointer
        // The library writes in front of a buffer for its own protocols only; a raw socket's bytes it leaves alone.
        let count = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe lws_write(
                pointer, UnsafeMutablePointer(mutating: buffer.baseAddress), buffer.count, LWS_WRITE_HTTP)
        }
        guard count >= bytes.count else { return .failed }
        guard unsafe lws_partial_buffered(pointer) != 0 else { return .written }
        sockets[number]?.isWaiting = true
        // The library does not read while something waits, but would be woken for it again and again.
        unsafe lws_rx_flow_control(pointer, 0)
        unsafe lws_callback_on_writable(pointer)
        return .waiting
    }

    func setReading(_ isReading: Bool, of number: UInt) {
        guard let socket = sockets[number], socket.isReading != isReading else { return }
        sockets[number]?.isReading = isReading
        if !socket.isWaiting { unsafe lws_rx_flow_control(socket.pointer, isReading ? 1 : 0) }
    }

    func finishWriting(_ number: UInt) {
        guard let socket = sockets[number], unsafe lws_is_ssl(socket.pointer) == 0 else { return }
        unsafe shutdown(lws_get_socket_fd(socket.pointer), Int32(SHUT_WR))
    }

    func close(_ number: UInt) {
        guard let socket = sockets[number] else { return }
        unsafe lws_set_timeout(
            socket.pointer, PENDING_TIMEOUT_KILLED_BY_PROXY_CLIENT_CLOSE, Int32(LWS_TO_KILL_ASYNC))
    }

    // MARK: - Called back

    /// What libwebsockets tells; non-zero closes the socket.
    func tell(
        _ reason: lws_callback_reasons, _ pointer: OpaquePointer, _ input: UnsafeMutableRawPointer?, _ count: Int
    ) -> Int32 {
        guard let opaque = unsafe lws_get_opaque_user_data(pointer) else { return 0 }
        let number = UInt(bitPattern: opaque)
        guard let socket = sockets[number] else { return 0 }
        switch (reason, socket.handler) {
        case (LWS_CALLBACK_RAW_RX, .connection(let handler)):
            guard let input = unsafe input else { return 0 }
            // The library gives a handshake its own time; ours is counted by the connection.
            unsafe lws_set_timeout(pointer, NO_PENDING_TIMEOUT, 0)
            unsafe handler.wireReceived([UInt8](UnsafeRawBufferPointer(start: input, count: count)))
        case (LWS_CALLBACK_RAW_WRITEABLE, .connection(let handler)):
            guard socket.isWaiting else { return 0 }
            if unsafe lws_partial_buffered(pointer) != 0 {
                unsafe lws_callback_on_writable(pointer)
                return 0
            }
            sockets[number]?.isWaiting = false
            if socket.isReading { unsafe lws_rx_flow_control(pointer, 1) }
            handler.wireDrained()
        case (LWS_CALLBACK_RAW_CLOSE, .connection(let handler)):
            sockets[number] = nil
            handler.wireClosed()
        case (LWS_CALLBACK_RAW_RX_FILE, .listener(let handler)): handler()
        case (LWS_CALLBACK_RAW_CLOSE_FILE, .listener): sockets[number] = nil
        default: break
        }
        return 0
    }
}
