/// What one client may take of the server (S78).
package struct WebLimits: Sendable, Hashable {
    /// Bytes of a request's head.
    package var headBytes = 16 * 1024
    /// From the first byte of a head, or the start of a connection, to the end of the head.
    package var headTime = Duration.seconds(10)
    /// Without a byte of a body that is to come, or without one taken of an answer that waits.
    package var idleTime = Duration.seconds(30)
    /// Between requests of one connection.
    package var keepAliveTime = Duration.seconds(60)
    /// How long what still comes is thrown away after an answer that ends a connection, so that the answer arrives.
    package var lingerTime = Duration.seconds(2)
    /// Between the pings of a WebSocket; one that has not answered by the next is dropped.
    package var pingTime = Duration.seconds(30)
    /// Connections in all.
    package var connections = 64
    /// Connections of one address.
    package var connectionsPerAddress = 16
    /// How long whoever came in is heard before it gives way to others: two ways there and back by a slow Wi-Fi.
    package var hearingTime = Duration.milliseconds(100)
    package var webSockets = 16
    /// Bytes that may wait for a WebSocket's reader before it is dropped.
    package var webSocketQueue = 256 * 1024
    /// Bytes of a message from a WebSocket.
    package var webSocketMessage = 64 * 1024

    package init() {}
}
