/// What a command was called with, taken apart. Options may stand anywhere; `--` ends them.
struct Arguments {
    /// What a command understands.
    struct Syntax {
        /// Options that take a value, without dashes: `speed`, `o`.
        var values: Set<String> = []
        /// Options that stand alone.
        var flags: Set<String> = []
        /// How many operands there may be.
        var operands: ClosedRange<Int>
        /// The lines that `--help` prints.
        var usage: String
    }

    private(set) var operands: [String] = []
    private var values: [String: String] = [:]
    private var flags: Set<String> = []

    /// - Throws: ``Misuse`` that names the word which does not fit.
    init(_ words: [String], _ syntax: Syntax) throws(Misuse) {
        var rest = words[...]
        var isEnded = false
        while let word = rest.popFirst() {
            if isEnded || !word.hasPrefix("-") || word == "-" {
                operands.append(word)
                continue
            }
            if word == "--" {
                isEnded = true
                continue
            }
            let parts = word.drop { $0 == "-" }.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts[0])
            if syntax.flags.contains(name), parts.count == 1 {
                flags.insert(name)
            } else if syntax.values.contains(name) {
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                    throw Misuse("\(word) needs a value.", usage: syntax.usage)
                }
                values[name] = value
            } else {
                throw Misuse("\(word) is not an option here.", usage: syntax.usage)
            }
        }
        guard syntax.operands.contains(operands.count) else {
            throw Misuse(
                operands.count < syntax.operands.lowerBound
                    ? "Something is missing."
                    : "\(operands[syntax.operands.upperBound]) is one word too many.",
                usage: syntax.usage
            )
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func value(_ name: String) -> String? { values[name] }

    /// The value of an option as a number within `range`.
    func number<Number: LosslessStringConvertible & Comparable>(
        _ name: String,
        in range: ClosedRange<Number>,
        default standard: Number
    ) throws(Misuse) -> Number {
        guard let text = values[name] else { return standard }
        guard let number = Number(text), range.contains(number) else {
            throw Misuse("\(name): \(text) is not a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

/// Wrong usage: exit status 2.
struct Misuse: Error {
    let message: String
    let usage: String?

    init(_ message: String, usage: String? = nil) { (self.message, self.usage) = (message, usage) }
}

/// A command could not do what it was asked: exit status 1.
struct CommandFailure: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
