/// How many insertions, deletions, replacements and swaps of neighbours turn one word into another.
///
/// - Complexity: the product of the lengths.
/// - Source: optimal string alignment; F. Damerau, "A technique for computer detection and correction of
///   spelling errors", 1964.
func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var best = min(previous[column + 1], current[column]) + 1
            best = min(best, previous[column] + (byte == other ? 0 : 1))
            if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                best = min(best, beforePrevious[column - 1] + 1)
            }
            current.append(best)
        }
        (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
}
