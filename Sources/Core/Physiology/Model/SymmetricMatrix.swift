/// A symmetric 3×3 matrix of normal equations.
struct SymmetricMatrix {
    var xx, xy, xz, yy, yz, zz: Double

    /// Solves the equations by L·D·Lᵀ; `nil` when the matrix is not positive definite to working precision.
    func solve(_ right: SIMD3<Double>) -> SIMD3<Double>? {
        guard xx > 0 else { return nil }
        let l21 = xy / xx
        let l31 = xz / xx
        let d2 = yy - l21 * xy
        guard d2 > 1e-12 * yy else { return nil }
        let l32 = (yz - l31 * xy) / d2
        let d3 = zz - l31 * xz - l32 * l32 * d2
        guard d3 > 1e-12 * zz else { return nil }
        let y2 = right.y - l21 * right.x
        let y3 = right.z - l31 * right.x - l32 * y2
        let z = y3 / d3
        let y = y2 / d2 - l32 * z
        return SIMD3(right.x / xx - l21 * y - l31 * z, y, z)
    }
}
