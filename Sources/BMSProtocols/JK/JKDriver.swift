/// The family of JK boards that speak the `NW` protocol.
package enum JKDriver {
    /// The word of `pack.N.family`.
    package static let familyName = "jk"
}
