internal import FoundationEssentials
package import JSONText

/// JSON in and out: what export writes, import reads, and a PATCH carries.
package enum ConfigurationDocument {
    /// The format that export writes and import reads.
    package static let format = 1

    /// `{"format":1,"generation":N,"values":{…}}`. Secrets are left out unless asked for (S75).
    package static func export(
        _ values: ConfigurationValues, generation: Int, schema: Schema = .gateway, withSecrets: Bool = false
    ) -> JSONValue {
        let members = values.keys.compactMap { key -> JSONValue.Member? in
            guard let value = values[key], withSecrets || schema.definition(for: key)?.isSecret != true else {
                return nil
            }
            return JSONValue.Member(key, value.json)
        }
        return ["format": .integer(format), "generation": .integer(generation), "values": .object(members)]
    }

    /// The values as `/api/config` shows them: a secret as `{"value":null,"set":true}`.
    package static func listing(_ values: ConfigurationValues, schema: Schema = .gateway) -> JSONValue {
        .object(
            values.keys.compactMap { key in
                values[key].map { JSONValue.Member(key, masked($0, key, schema)) }
            })
    }

    /// One value as people may see it.
    package static func masked(_ value: SettingValue?, _ key: String, _ schema: Schema = .gateway) -> JSONValue {
        guard schema.definition(for: key)?.isSecret == true else { return value?.json ?? .null }
        return ["value": .null, "set": .bool(value != nil)]
    }

    /// Reads an export.
    ///
    /// - Throws: `ConfigurationRefusal` with every value that is none; bounds between values are not its business.
    package static func values(
        from bytes: [UInt8], schema: Schema = .gateway
    ) throws(ConfigurationRefusal) -> ConfigurationValues {
        let file = try decode(File.self, bytes)
        guard file.format == format else {
            throw ConfigurationRefusal("", "The file has format \(file.format); this version reads format \(format).")
        }
        return ConfigurationValues(try patch(file.values, schema).set)
    }

    /// Reads the flat keys of a PATCH; null unsets.
    ///
    /// - Throws: `ConfigurationRefusal` with every value that is none.
    package static func patch(
        from bytes: [UInt8], schema: Schema = .gateway
    ) throws(ConfigurationRefusal) -> ConfigurationPatch {
        try patch(try decode([String: Scalar].self, bytes), schema)
    }

    // MARK: - Private

    private struct File: Decodable {
        var format: Int
        var values: [String: Scalar]
    }

    /// A JSON value that is no array and no object.
    private enum Scalar: Decodable {
        case null
        case value(SettingValue)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .value(.bool(value))
            } else if let value = try? container.decode(Int.self) {
                self = .value(.int(value))
            } else if let value = try? container.decode(Double.self) {
                self = .value(.float(value))
            } else {
                self = .value(.string(try container.decode(String.self)))
            }
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws(ConfigurationRefusal) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.keyNotFound(_, let context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ConfigurationRefusal(place, "The JSON text has not the expected form at '\(place)'.")
        } catch {
            throw ConfigurationRefusal("", "This is no JSON text of the expected form.")
        }
    }

    private static func patch(
        _ scalars: [String: Scalar], _ schema: Schema
    ) throws(ConfigurationRefusal) -> ConfigurationPatch {
        var patch = ConfigurationPatch()
        var problems: [ValidationProblem] = []
        for (key, scalar) in scalars.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigurationRefusal) {
                switch scalar {
                case .value(let value): patch.set[key] = try schema.value(value, for: key)
                case .null:
                    guard schema.definition(for: key) != nil else { throw ConfigurationRefusal([schema.unknown(key)]) }
                    patch.unset.insert(key)
                }
            } catch { problems += error.problems }
        }
        guard problems.isEmpty else { throw ConfigurationRefusal(problems) }
        return patch
    }
}
