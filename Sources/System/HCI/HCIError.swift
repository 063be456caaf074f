internal import Glibc

/// Why an adapter cannot be used, sorted by what helps.
public enum HCIError: Error, Hashable, Sendable {
    /// The kernel has no Bluetooth: no module, or a container that was not given it.
    case unsupported
    /// The capabilities are missing.
    case denied
    /// The adapter is gone or switched off. Wait for it.
    case gone
    /// Anything else: an `errno`.
    case io(Int32)

    /// Sorts an `errno`.
    init(code: Int32) {
        self =
            switch code {
            case EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT: .unsupported
            case EPERM, EACCES: .denied
            case ENODEV, ENXIO, EPIPE, ENETDOWN, EHOSTDOWN, EBADFD: .gone
            default: .io(code)
            }
    }
}

extension HCIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupported: "the kernel has no Bluetooth"
        case .denied: "not permitted; CAP_NET_RAW and CAP_NET_ADMIN are needed"
        case .gone: "the adapter is gone or switched off"
        case .io(let number): String(cString: strerror(number))
        }
    }
}
