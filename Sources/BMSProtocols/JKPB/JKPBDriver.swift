/// The family of JK boards of the PB series.
package enum JKPBDriver {
    /// The word of `pack.N.family`.
    package static let familyName = "jk-pb"
    /// Speed of the line, bit/s.
    package static let baudRate = 115_200
}
