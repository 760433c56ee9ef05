import CLibgit2

/// A call of libgit2 that failed, with what libgit2 says about it.
public struct GitFailure: Error, Hashable, Sendable {
    /// The C function, such as `git_reference_lookup`.
    public let call: String
    /// A negative `git_error_code`.
    public let code: Int32
    public let message: String
}

/// Throws the failure that `code`, the result of `call`, stands for.
func check(_ code: Int32, _ call: String) throws(GitError) {
    guard code < 0 else { return }
    throw .library(failure(code, call))
}

/// The same, for a call whose "not found" is an answer and not an error: returns `false` then.
func found(_ code: Int32, _ call: String) throws(GitError) -> Bool {
    if code == GIT_ENOTFOUND.rawValue { return false }
    try check(code, call)
    return true
}

func failure(_ code: Int32, _ call: String) -> GitFailure {
    // The message is thread-local: it is copied before the next call.
    let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
    return GitFailure(call: call, code: code, message: message ?? "no detail given")
}
