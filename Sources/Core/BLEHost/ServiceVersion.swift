internal import Wire

/// The version of bluetoothd, and what is known to be wrong with it.
public struct ServiceVersion: Hashable, Comparable, Sendable {
    public let major: UInt8
    public let minor: UInt8

    /// Reads the identity that an adapter gives itself, `usb:v1D6Bp0246d0542`: of vendor 1D6B and product
    /// 0246, which stand for BlueZ, the last four digits are the version, 05 and 42 for 5.66.
    ///
    /// - Source: `init_defaults` in `src/main.c` of BlueZ 5.66. `main.conf` may say another identity, which
    ///   is no version then.
    public init?(modalias: String) {
        let prefix = "usb:v1D6Bp0246d"
        guard modalias.hasPrefix(prefix), let octets = Hex.bytes(modalias.dropFirst(prefix.count).utf8),
            octets.count == 2
        else { return nil }
        (major, minor) = (octets[0], octets[1])
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// What users of this version ran into; `nil` when nothing is known.
    ///
    /// - Source: the issues of bluez/bluez with these numbers.
    public var trouble: String? {
        guard major == 5 else { return nil }
        return switch minor {
        case 64: "links break often, and some notifications never come (509)"
        case 66: "after a change of link parameters a strap may leave and come back over and over (745)"
        case 71: "stored keys are not read, so that links to paired sensors break (686, 695)"
        case 72:
            "a strap's wish for other link parameters is refused unless main.conf allows all of them (847)"
        case 79...83: "devices vanish, and connects are aborted, in crowds (1489, 2377)"
        default: nil
        }
    }
}

extension ServiceVersion: CustomStringConvertible {
    public var description: String { "\(major).\(minor)" }
}
