import JSONText

@testable import Configuration

/// Configuration from outside, in its three forms: documents, values and text.
enum ConfigurationFuzz {
    /// `config import`: what is accepted exports to a document that imports as the same.
    static func importing(_ bytes: [UInt8]) {
        refusing { () throws(ConfigurationRefusal) in
            let values = try ConfigurationDocument.values(from: bytes)
            judge(values)
            let export = ConfigurationDocument.export(values, generation: 1, withSecrets: true).text
            require(JSONCheck.isOneLine(export), "the export is no JSON: \(export)")
            let again = try? ConfigurationDocument.values(from: Array(export.utf8))
            require(again == values, "\(values) becomes \(String(describing: again))")
        }
        refusing { () throws(ConfigurationRefusal) in
            let patch = try ConfigurationDocument.patch(from: bytes)
            let values = ConfigurationValues().applying(patch)
            require(Set(values.keys) == Set(patch.set.keys), "a patch sets \(values.keys)")
            judge(values)
        }
    }

    /// Values by key number, right by themselves or not: what the rules accept can be used.
    static func values(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        var values = ConfigurationValues()
        while !input.isEmpty {
            let key = keys[Int(input.word()) % keys.count]
            switch input.byte() & 7 {
            case 0: values[key] = .bool(input.byte() & 1 != 0)
            case 1: values[key] = .int(Int(Int8(bitPattern: input.byte())))
            case 2: values[key] = .int(Int(truncatingIfNeeded: input.long()))
            case 3: values[key] = .float(Double(Int16(bitPattern: input.word())) / 100)
            case 4: values[key] = .float(Double(bitPattern: input.long()))
            case 5: values[key] = .string(word(&input, for: key))
            default: values[key] = standard(for: key, input.byte())
            }
        }
        judge(values)
    }

    /// `config set KEY=VALUE` and the environment: the text of a value reads back as the same.
    static func text(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        refusing { () throws(ConfigurationRefusal) in
            let (key, value) = try ConfigurationOverrides.read(text)
            let again = try? Schema.gateway.value(value.text, for: key)
            require(again == value, "\(key): \(value) becomes \(String(describing: again))")
            judge([key: value])
        }
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2, text.hasPrefix("CELLBRIDGE_") else { return }
        refusing { () throws(ConfigurationRefusal) in
            _ = try ConfigurationOverrides(environment: [halves[0]: halves[1]], assignments: [text])
        }
    }

    // MARK: - Private

    private static let keys =
        Schema.gateway.keys.filter { !$0.hasPrefix("pack.") || $0.hasPrefix("pack.1.") }
        + Schema.gateway.keys.filter { $0.hasPrefix("pack.2.") || $0.hasPrefix("pack.16.") }

    /// The rules are a function, and what they accept is complete (S63, S64).
    private static func judge(_ values: ConfigurationValues) {
        let rules = ConfigurationRules(
            chemistries: [
                .lfp: .init(minimum: 2.8, float: 3.35, absorption: 3.45, maximum: 3.65, limits: 2.5...3.75)
            ])
        let problems = rules.validate(values)
        require(problems.allSatisfy { !$0.sentence.isEmpty }, "a problem without a sentence in \(problems)")
        require(problems == rules.validate(values), "the rules waver over \(values)")
        guard let configuration = try? rules.require(values) else { return }
        require(problems.isEmpty, "accepted with \(problems)")
        require(
            !configuration.isCommissioned || configuration.mayTransmit,
            "commissioned without being complete: \(values)")
        for pack in configuration.packs {
            let limits = [pack.maximumChargeCurrent, pack.maximumDischargeCurrent, pack.capacity]
            require(limits.allSatisfy { $0.map { $0 >= 0 && $0 <= 10_000 } ?? true }, "\(limits)")
        }
        let freshness = configuration.freshness
        let stages = [freshness.hold, freshness.noCharge, freshness.stop, freshness.silent]
        let latest: [Duration] = [.seconds(10), .seconds(10), .seconds(60), .seconds(120)]
        require(stages == stages.sorted(), "freshness out of order: \(freshness)")
        require(zip(stages, latest).allSatisfy { $0 <= $1 }, "freshness out of bounds: \(freshness)")
    }

    /// Runs what may refuse its input, with at least one sentence.
    private static func refusing(_ body: () throws(ConfigurationRefusal) -> Void) {
        do { try body() } catch {
            require(!error.problems.isEmpty && !error.description.isEmpty, "a refusal without a reason")
            require(
                error.problems.allSatisfy { JSONCheck.isOneLine(JSONValue.string($0.sentence).text) },
                "a sentence that is no JSON: \(error)")
        }
    }

    private static func word(_ input: inout FuzzInput, for key: String) -> String {
        if case .word(let words)? = Schema.gateway.definition(for: key)?.kind, !words.isEmpty {
            return words[Int(input.byte()) % words.count]
        }
        return String(decoding: input.take(Int(input.byte())), as: UTF8.self)
    }

    /// A value within the bounds of its key.
    private static func standard(for key: String, _ byte: UInt8) -> SettingValue? {
        switch Schema.gateway.definition(for: key)?.kind {
        case .bool: .bool(byte & 1 != 0)
        case .int(let range): .int(min(range.upperBound, range.lowerBound + Int(byte)))
        case .float(let range):
            .float(range.lowerBound + (range.upperBound - range.lowerBound) * Double(byte) / 255)
        case .word(let words): words.isEmpty ? nil : .string(words[Int(byte) % words.count])
        case .link(.can): .string(["dry:", "socketcan:can0", "slcan:/dev/ttyACM0"][Int(byte) % 3])
        case .link(.pack): .string(["sim:", "/dev/ttyUSB0", "tcp:localhost:1", "unix:/s"][Int(byte) % 4])
        case .text: .string("text")
        case nil: nil
        }
    }
}
