public import JSON
import Profiles
import Wire

/// What the check of one vector found.
public struct VectorResult: Hashable, Sendable {
    /// The vector's id, or an empty text when the line has none.
    public let id: String
    public let profile: String
    /// What differs, one sentence each; empty when the vector passes.
    public let differences: [String]

    public var isPassed: Bool { differences.isEmpty }
}

/// Checks files of decode vectors: JSON Lines, each a payload and the fields that must come out.
///
///     {"id":"ant.hr/001","profile":"ant.hr","hex":"00FFFFFFAA55333C","expect":{"page":0,"hr_bpm":60}}
///
/// - Every field of `expect` must come out equal; numbers within 10⁻⁹, relative or absolute. Fields that it
///   does not name are not looked at, in nested objects neither; lists must be equal element by element.
/// - `null` stands for a field that is not available or absent.
/// - `{"reject":true}` stands for bytes that the decoder must refuse.
/// - A space in `hex` separates payloads (`seq.*`) or USB transfers (`ant.usb`).
/// - `context` may hold `device_number` and `transmission_type`.
public enum VectorFile {
    /// Checks one line.
    public static func check(line: some Collection<UInt8>) -> VectorResult {
        do throws(JSONFailure) {
            return check(try JSONValue.parse(line))
        } catch {
            return VectorResult(id: "", profile: "", differences: [error.description])
        }
    }

    /// Checks one vector.
    public static func check(_ vector: JSONValue) -> VectorResult {
        let id = vector["id"]?.string ?? ""
        guard let profile = vector["profile"]?.string, let hex = vector["hex"]?.string,
            let expected = vector["expect"]
        else {
            return VectorResult(id: id, profile: "", differences: ["profile, hex or expect is missing"])
        }
        return VectorResult(
            id: id,
            profile: profile,
            differences: differences(profile, hex, vector["context"], expected)
        )
    }

    private static func differences(
        _ profile: String,
        _ hex: String,
        _ context: JSONValue?,
        _ expected: JSONValue
    ) -> [String] {
        let parts = hex.utf8.split(separator: UInt8(ascii: " "))
        let payloads = parts.compactMap { Hex.bytes($0) }
        guard payloads.count == parts.count else { return ["hex is not hexadecimal"] }
        let isReject = expected["reject"] == .flag(true)
        do throws(DescriptionFailure) {
            let fields = try PayloadDescription.describe(
                profile: profile,
                payloads: payloads.isEmpty ? [[]] : payloads,
                context: PageContext(
                    deviceNumber: context?["device_number"]?.unsigned(),
                    transmissionType: context?["transmission_type"]?.unsigned()
                )
            )
            if isReject { return ["decoded, but must be rejected"] }
            return Comparison.differences(of: fields, from: expected)
        } catch {
            switch error {
            case .rejected, .tooLong: return isReject ? [] : ["rejected: \(error)"]
            case .onePayload, .unknownProfile: return [error.description]
            }
        }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .text(let text) = self { text } else { nil } }

    fileprivate func unsigned<Number: FixedWidthInteger>() -> Number? {
        if case .integer(let integer) = self { Number(exactly: integer) } else { nil }
    }
}
