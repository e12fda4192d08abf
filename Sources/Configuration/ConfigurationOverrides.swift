/// What holds for this run only: the environment, and above it `--set` (contract.md 7).
package struct ConfigurationOverrides: Sendable, Hashable {
    package private(set) var environment = ConfigurationValues()
    package private(set) var commandLine = ConfigurationValues()

    /// No overrides.
    package init() {}

    /// Reads both.
    ///
    /// - Parameters:
    ///   - environment: all variables; those of other programs are passed over.
    ///   - assignments: what stood behind each `--set`, `KEY=VALUE`; the last one for a key holds.
    ///   - schema: the settings there are.
    /// - Throws: `ConfigurationRefusal` with every problem found.
    package init(
        environment: [String: String] = [:], assignments: [String] = [], schema: Schema = .gateway
    ) throws(ConfigurationRefusal) {
        var problems: [ValidationProblem] = []
        let keys = Dictionary(schema.keys.map { (Self.variable(for: $0), $0) }) { first, _ in first }
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix("CELLBRIDGE_") {
            guard let key = keys[variable] else {
                // A mistyped limit must not pass in silence; CELLBRIDGE_TOKEN and its like are no settings.
                if Self.looksLikeSetting(variable, schema) {
                    problems.append(
                        ValidationProblem(
                            variable,
                            "\(variable) in the environment names no setting; correct its spelling or remove it."))
                }
                continue
            }
            do throws(ConfigurationRefusal) {
                self.environment[key] = try schema.value(text, for: key)
            } catch { problems += error.problems }
        }
        for assignment in assignments {
            do throws(ConfigurationRefusal) {
                let (key, value) = try Self.read(assignment, schema)
                commandLine[key] = value
            } catch { problems += error.problems }
        }
        guard problems.isEmpty else { throw ConfigurationRefusal(problems) }
    }

    /// Stored values with the overrides laid over them.
    package func applied(to stored: ConfigurationValues) -> ConfigurationValues {
        stored.overlaid(by: environment).overlaid(by: commandLine)
    }

    /// Where a setting's value comes from.
    package enum Origin: String, Sendable, Hashable {
        case standard = "default"
        case stored
        case environment
        case commandLine = "command_line"
    }

    /// Where the value of a key comes from.
    package func origin(of key: String, stored: ConfigurationValues) -> Origin {
        if commandLine[key] != nil { return .commandLine }
        if environment[key] != nil { return .environment }
        return stored[key] != nil ? .stored : .standard
    }

    /// The variable for a key: `CELLBRIDGE_PACK_1_LINK` for `pack.1.link`.
    package static func variable(for key: String) -> String {
        "CELLBRIDGE_" + String(key.uppercased().map { $0 == "." ? "_" : $0 })
    }

    /// Divides `KEY=VALUE` and reads the value.
    ///
    /// - Throws: `ConfigurationRefusal` without `=`, or for a key or value that is none.
    package static func read(
        _ assignment: String, _ schema: Schema = .gateway
    ) throws(ConfigurationRefusal) -> (key: String, value: SettingValue) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw ConfigurationRefusal(assignment, "'\(assignment)' has no '='; write KEY=VALUE.")
        }
        let key = String(assignment[..<equals])
        return (key, try schema.value(String(assignment[assignment.index(after: equals)...]), for: key))
    }

    private static func looksLikeSetting(_ variable: String, _ schema: Schema) -> Bool {
        Set(schema.definitions.map { $0.key.prefix { $0 != "." }.uppercased() })
            .contains { variable.hasPrefix("CELLBRIDGE_\($0)_") }
    }
}
