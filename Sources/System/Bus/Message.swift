internal import CSystemd
internal import Glibc

/// The error that a reply carries, if it is one.
///
/// An error with the cookie 2³² - 1 comes from sd-bus itself, which sends none such: the deadline has passed
/// or the connection ended.
///
/// - Source: `bus_seal_synthetic_message` in sd-bus.c of systemd 252 to 257.
func readError(_ message: OpaquePointer) -> BusError? {
    guard let error = sd_bus_message_get_error(message), let name = error.pointee.name else { return nil }
    let fault = BusError.Fault(
        name: String(cString: name),
        message: error.pointee.message.map { String(cString: $0) } ?? ""
    )
    var cookie: UInt64 = 0
    guard sd_bus_message_get_cookie(message, &cookie) >= 0, cookie == UInt64(UInt32.max) else {
        return BusError(fault)
    }
    let isOpen = sd_bus_is_open(sd_bus_message_get_bus(message)) > 0
    return isOpen ? .timedOut : .lost("closed before the answer")
}

/// Why sd-bus did not take a message.
func sendFailure(_ number: Int32) -> BusError {
    switch number {
    case ENOTCONN, ECONNRESET, EPIPE, ESHUTDOWN: .lost(errorText(number))
    case ENOBUFS: .busy("the bus does not take what is sent")
    default: .invalid("The message cannot be sent: \(errorText(number))")
    }
}

/// The parts of a received message's header; those that it lacks are empty.
struct MessageHeader: Sendable {
    let sender: String
    let path: String
    let interface: String
    let member: String

    init(_ message: OpaquePointer) {
        func text(_ field: UnsafePointer<CChar>?) -> String { field.map { String(cString: $0) } ?? "" }
        sender = text(sd_bus_message_get_sender(message))
        path = text(sd_bus_message_get_path(message))
        interface = text(sd_bus_message_get_interface(message))
        member = text(sd_bus_message_get_member(message))
    }
}
