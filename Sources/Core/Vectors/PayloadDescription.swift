public import Profiles
import Wire

/// Decodes payloads by hand: what `touchline decode` prints and vectors expect.
public enum PayloadDescription {
    /// The names that ``describe(profile:payloads:context:)`` knows, sorted.
    public static var profiles: [String] {
        (ProfileRegistry.all.map { $0.name } + PageSequence.names + [StickDescription.name]).sorted()
    }

    /// Every field of `payloads` under its stable name.
    ///
    /// - Parameters:
    ///   - name: One of ``profiles``.
    ///   - payloads: One payload; several in time order for `seq.*`, USB transfers for `ant.usb`.
    ///   - context: What is known of the sender from elsewhere.
    /// - Returns: The fields in the order of the bytes.
    /// - Throws: ``DescriptionFailure`` when the bytes are refused or the request makes no sense.
    public static func describe(
        profile name: String,
        payloads: [[UInt8]],
        context: PageContext = PageContext()
    ) throws(DescriptionFailure) -> FieldList {
        if name == StickDescription.name { return StickDescription.describe(payloads) }
        let whole = try payloads.map(payload)
        if PageSequence.names.contains(name) {
            do throws(DecodeFailure) {
                if let fields = try PageSequence.describe(name, whole) { return fields }
            } catch {
                throw .rejected(error)
            }
        }
        guard let profile = ProfileRegistry.named(name) else { throw .unknownProfile(name) }
        guard let only = whole.first, whole.count == 1 else { throw .onePayload(got: whole.count) }
        return try page(of: profile, only, context)
    }

    private static func payload(_ bytes: [UInt8]) throws(DescriptionFailure) -> Payload {
        guard let payload = Payload(bytes) else { throw .tooLong(bytes.count) }
        return payload
    }

    private static func page<Profile: SensorProfile>(
        of profile: Profile.Type,
        _ payload: Payload,
        _ context: PageContext
    ) throws(DescriptionFailure) -> FieldList {
        var fields = FieldList()
        do throws(DecodeFailure) {
            try Profile.Page(payload).describe(to: &fields, context: context)
        } catch {
            throw .rejected(error)
        }
        return fields
    }
}

/// Why payloads have no description.
public enum DescriptionFailure: Error, Hashable, Sendable {
    /// The decoder refuses the bytes.
    case rejected(DecodeFailure)
    /// Longer than any frame of a radio.
    case tooLong(Int)
    case onePayload(got: Int)
    case unknownProfile(String)
}

extension DescriptionFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .rejected(let failure): failure.description
        case .tooLong(let count): "\(count) bytes where at most \(Payload.capacity) can arrive"
        case .onePayload(let count): "\(count) payloads where this profile takes one"
        case .unknownProfile(let name): "there is no profile named \(name)"
        }
    }
}
