import Glibc
import StickServer

// Emulated ANT sticks for the kernel of another machine, or of a virtual one.
let words = Array(CommandLine.arguments.dropFirst())
if words.contains("--help") {
    print(StickServerOptions.usage)
    exit(0)
}
do {
    var server = try StickServer(StickServerOptions(words))
    print("serving", server.sockets.joined(separator: " "), "at port", server.ports.usbip)
    print("control at port", server.ports.control)
    fflush(nil)
    try server.run()
} catch {
    print("touchline-antstick: \(error)")
    exit(1)
}
