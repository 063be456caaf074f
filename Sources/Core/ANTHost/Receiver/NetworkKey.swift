internal import Wire

/// The eight bytes that let a stick hear a network. ANT+ has one, which its adopters' agreement gives out and
/// forbids to pass on: the gateway ships none.
///
/// It prints as nothing, so that no log can leak it.
public struct NetworkKey: Hashable, Sendable {
    let bytes: [UInt8]

    /// Reads 16 hexadecimal digits; spaces, colons and hyphens between them are fine. `nil` for the rest.
    public init?(hexadecimal text: some StringProtocol) {
        let digits = text.utf8.filter { !" :-\t\r\n".utf8.contains($0) }
        guard digits.count == 16, let bytes = Hex.bytes(digits) else { return nil }
        self.bytes = bytes
    }
}

extension NetworkKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(network key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
