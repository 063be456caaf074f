internal import CUSB
internal import Glibc

/// Why a device cannot be used, sorted by what helps.
public enum USBError: Error, Hashable, Sendable {
    /// It is not plugged in, or not any more. Wait for it.
    case gone
    /// Something else has its interface: a driver of the kernel, or another program, if none is named.
    case busy(driver: String?)
    /// The device node is not this process's to open. A udev rule grants it.
    case denied(node: String)
    /// The bus shows it, and its device node is missing: a container was not given it.
    case hidden(node: String)
    /// It refuses an endpoint again and again.
    case stalled
    /// It takes no bytes.
    case timedOut
    /// Not possible with this device, or on this machine.
    case unsupported(String)
    /// Anything else: an `errno`.
    case io(Int32)
}

extension USBError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .gone: "it is not plugged in"
        case .busy(let driver?): "the kernel driver \(driver) has it"
        case .busy(nil): "another program has it"
        case .denied(let node): "\(node) may not be opened"
        case .hidden(let node): "there is no \(node); give /dev/bus/usb to the container"
        case .stalled: "its endpoint stalls"
        case .timedOut: "it takes no bytes"
        case .unsupported(let what): what
        case .io(let number): String(cString: strerror(number))
        }
    }
}

extension USBError {
    /// What a failed open(2), write(2) or ioctl(2) of a device node or of sysfs means.
    init(errno number: Int32, node: String) {
        switch number {
        case ENOENT, ENODEV, ENXIO, ESHUTDOWN: self = .gone
        case EACCES, EPERM, EROFS: self = .denied(node: node)
        case EBUSY: self = .busy(driver: nil)
        case EPIPE: self = .stalled
        case ETIMEDOUT: self = .timedOut
        default: self = .io(number)
        }
    }

    /// What a return code of libusb below 0 means.
    init(libusb code: Int32, node: String) {
        switch libusb_error(rawValue: code) {
        case LIBUSB_ERROR_NO_DEVICE, LIBUSB_ERROR_NOT_FOUND: self = .gone
        case LIBUSB_ERROR_ACCESS: self = .denied(node: node)
        case LIBUSB_ERROR_BUSY: self = .busy(driver: nil)
        case LIBUSB_ERROR_PIPE: self = .stalled
        case LIBUSB_ERROR_TIMEOUT: self = .timedOut
        case LIBUSB_ERROR_NOT_SUPPORTED: self = .unsupported("libusb cannot do it here")
        case LIBUSB_ERROR_NO_MEM: self = .io(ENOMEM)
        default: self = .io(EIO)
        }
    }
}
