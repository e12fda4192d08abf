/// Why the supervisor itself ends.
package enum SupervisorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The data path used its restarts up (S51); `main` makes exit code 70 of it.
    case dataPathGaveUp(child: String, cause: String)

    package var description: String {
        switch self {
        case .dataPathGaveUp(let child, let cause): "the data path failed too often, last \(child): \(cause)"
        }
    }
}

/// How an instance of a child ended.
enum ChildEnd: Sendable, Hashable {
    /// `run` returned.
    case returned
    /// The factory or `run` threw this.
    case failed(String)

    /// What the log says.
    var cause: String {
        switch self {
        case .returned: "returned"
        case .failed(let error): error
        }
    }
}
