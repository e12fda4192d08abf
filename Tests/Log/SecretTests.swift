import JSONText
import Log
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecretTests {
    private let secret = Secret("hunter2hunter2")

    @Test func `a secret masks itself however it is printed (S91)`() {
        var dumped = ""
        dump(["password": secret], to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dumped,
            String(describing: Optional(secret)), JSONValue(secret).text,
        ]
        for text in shown { #expect(!text.contains("hunter2") && text.contains(dumped == text ? "password" : "•••")) }
        #expect(secret.exposed == "hunter2hunter2")
    }

    @Test func `a secret in a field is masked in every form of the log (S91)`() throws {
        for format in LogFormat.allCases {
            let lines = try written(format: format) { logger in
                logger.notice("config.changed", "Changed.", [.init("mqtt.password", JSONValue(secret))])
                #expect(!logger.recent().contains { $0.json.text.contains("hunter2") })
            }
            #expect(lines.count == 1 && lines[0].contains("•••") && !lines[0].contains("hunter2"))
        }
    }

    @Test func `a secret that is not set reads as null`() {
        #expect(JSONValue(nil as Secret?) == .null)
    }
}
