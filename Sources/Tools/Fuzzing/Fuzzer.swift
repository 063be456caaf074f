/// The loop that every fuzzer shares: libFuzzer's driver around one function.
///
/// Run fuzzers with `SWIFT_BACKTRACE=enable=no`, or Swift's own crash handler ends the process before
/// libFuzzer has saved the input.
public enum Fuzzer {
    /// What a fuzzer tries: bytes of any kind and number. It returns 0; a failure is a crash.
    public typealias Body = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

    /// Feeds `body` until the command line of libFuzzer says stop.
    public static func run(_ body: Body) {
        var argc = CommandLine.argc
        var argv = CommandLine.unsafeArgv
        _ = runDriver(&argc, &argv, body)
    }
}

/// libFuzzer's entry point for programs that, like every SwiftPM executable, bring their own `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argc: UnsafeMutablePointer<CInt>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: Fuzzer.Body
) -> CInt
