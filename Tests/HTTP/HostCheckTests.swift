import HTTP
import Testing

@Suite struct HostCheckTests {
    @Test(
        "S74: a host that is no name or address of this device is not ours",
        arguments: [
            ("192.168.1.20", true), ("192.168.1.20:8443", true), ("CELLBRIDGE.local", true),
            ("cellbridge.local.:80", true),
            ("[fe80::1]:443", true), ("localhost:8080", true), ("[::1]", true), ("127.0.0.1", true),
            ("evil.example", false), ("192.168.1.20.evil.example", false), ("", false), ("192.168.1.20:http", false),
            ("192.168.1.20:99999", false), ("[fe80::1", false), ("[192.168.1.20]", false), ("a:b:c", false),
        ])
    func ownHosts(host: String, isOwn: Bool) {
        let answer = HostCheck.isOwn(
            host: host, names: ["cellbridge", "cellbridge.local"], addresses: ["192.168.1.20", "fe80::1"])
        #expect(answer == isOwn)
    }

    @Test func `S74: a request without a host is not ours`() {
        #expect(!HostCheck.isOwn(host: nil, names: [], addresses: []))
    }

    @Test(
        "S74: only the device's own pages change something",
        arguments: [
            (["Host": "a:1", "Origin": "http://a:1"], true), (["Host": "a:1", "Origin": "https://a:1"], false),
            (["Host": "a:1", "Origin": "http://a"], false), (["Host": "a", "Origin": "null"], false),
            (["Host": "a", "Sec-Fetch-Site": "same-origin"], true),
            (["Host": "a", "Sec-Fetch-Site": "same-site"], false),
            (["Host": "a"], false), (["Origin": "http://a"], false),
            (["Host": "a", "Origin": "http://b", "Sec-Fetch-Site": "same-origin"], false),
        ] as [(HTTPHeaders, Bool)])
    func origins(headers: HTTPHeaders, isSame: Bool) {
        let request = HTTPRequest(method: .post, path: "/", headers: headers)
        #expect(HostCheck.isSameOrigin(request) == isSame)
    }
}
