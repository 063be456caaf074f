import Glibc
import StickServer

// Emulated ANT sticks for the kernel of another machine, or of a virtual one.
exit(StickServer.run(Array(CommandLine.arguments.dropFirst())))
