/// What the web server's settings ask of each other (S76).
extension ConfigurationRules {
    func webProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        guard let listen = reader.string(ifKnown: "web.listen") else { return [] }
        guard let address = WebAddress(listen) else {
            return [
                ValidationProblem(
                    "web.listen", "web.listen is '\(listen)'; it must be HOST:PORT, such as 0.0.0.0:8443.")
            ]
        }
        let encryption: WebEncryption? = reader.word(ifKnown: "web.tls")
        var problems: [ValidationProblem] = []
        if encryption == .off, !address.isLoopback {
            problems.append(
                ValidationProblem(
                    "web.tls",
                    "web.tls is off, but web.listen is \(listen), which other computers reach: a password would travel "
                        + "in the clear. Set web.tls to auto, or web.listen to 127.0.0.1:\(address.port)."))
        }
        let given = ["web.cert_file", "web.key_file"].filter { reader.string(ifKnown: $0) != nil }
        if encryption == .files, given.count == 1 {
            let missing = given == ["web.cert_file"] ? "web.key_file" : "web.cert_file"
            problems.append(
                ValidationProblem(missing, "\(missing) is not set, but \(given[0]) is: set both, or neither."))
        }
        return problems
    }
}
