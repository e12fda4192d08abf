import Configuration
import Testing

@Suite struct WebAddressTests {
    @Test(
        "an address to listen on is read",
        arguments: [
            ("0.0.0.0:8443", "0.0.0.0:8443", false), (":80", "0.0.0.0:80", false), ("*:0", "0.0.0.0:0", false),
            ("127.0.0.1:1", "127.0.0.1:1", true), ("localhost:8080", "127.0.0.1:8080", true),
            ("[::1]:8443", "[::1]:8443", true), ("[::]:8443", "[::]:8443", false),
            ("[2001:db8::7]:443", "[2001:db8::7]:443", false), ("[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1", false),
            ("[1:2:3:4:5:6:7::]:1", "[1:2:3:4:5:6:7::]:1", false),
        ])
    func reading(text: String, written: String, isLoopback: Bool) throws {
        let address = try #require(WebAddress(text))
        #expect(address.text == written)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "what nobody can listen on is none",
        arguments: [
            "", "8443", "bridge:8443", "1.2.3:80", "1.2.3.256:80", "127.0.0.01:80", "+1.2.3.4:80", "1.2.3.4:+80",
            "1.2.3.4:080", "1.2.3.4:65536", "::1:80", "[::1]", "[1.2.3.4]:80", "[]:80", "[1::2::3]:80", "[:::]:80",
            "[1:2:3:4:5:6:7]:80", "[1:2:3:4:5:6:7:8:9]:80", "[12345::]:80", "[::g]:80", "[:1::2]:80", "[1::2:]:80",
            "[fe80::1%eth0]:80",
        ])
    func refusals(text: String) { #expect(WebAddress(text) == nil) }
}
