import Glibc

// The program behind `make run`: touchlined on a configuration, with a broker of its own.
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let configuration = arguments.first, let directory = arguments.last else {
    complain("usage: touchline-demo CONFIGURATION DIRECTORY")
    exit(2)
}
do throws(DemoFailure) {
    let demo = try Demo(configuration: configuration, directory: directory)
    exit(try demo.run())
} catch {
    complain("touchline-demo: \(error)")
    exit(1)
}
