import Commands
import Daemon
import Glibc

// One executable under two names: `touchlined` is the daemon, `touchline` the command.
let arguments = Array(CommandLine.arguments.dropFirst())
let name = CommandLine.arguments.first?.split(separator: "/").last
if name == "touchlined" {
    exit(Daemon.run(arguments: arguments))
} else {
    exit(await CommandLineTool.run(arguments: arguments))
}
