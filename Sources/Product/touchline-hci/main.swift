import BroadcastRelay
import Glibc

// The only program of Touchline that holds capabilities: it passes advertisements on to touchlined.
exit(RelayProgram.run(arguments: Array(CommandLine.arguments.dropFirst())))
