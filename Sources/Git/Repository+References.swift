import CLibgit2
import Model

/// A local branch and the commit at its tip.
public struct Branch: Hashable, Sendable {
    public let name: BranchName
    public let tip: ObjectID

    public init(name: BranchName, tip: ObjectID) {
        self.name = name
        self.tip = tip
    }
}

/// A reference by its full name, and the object it leads to.
public struct Reference: Hashable, Sendable {
    public let name: String
    public let target: ObjectID
}

/// Where a branch is pushed to and pulled from.
public struct Upstream: Hashable, Sendable {
    /// The name of the remote, or `.` for a branch of this repository.
    public let remote: String
    /// The full name of the reference there, such as `refs/heads/main`.
    public let remoteReference: String
    /// The reference here that follows it, such as `refs/remotes/origin/main`; `nil` when none is configured to.
    public let trackingReference: String?
    /// What that reference has now; `nil` when it is gone, or was never fetched.
    public let tip: ObjectID?
}

extension Repository {
    /// Returns what `HEAD` of this working tree says.
    public func head() throws(GitError) -> Head {
        var reference: OpaquePointer?
        try check(git_reference_lookup(&reference, handle.pointer, "HEAD"), "git_reference_lookup")
        let head = Handle(reference, free: git_reference_free)
        guard let target = git_reference_symbolic_target(head.pointer) else {
            return .detached(ObjectID(git_reference_target(head.pointer).pointee))
        }
        let name = String(cString: target)
        guard let branch = BranchName(reference: name) else {
            throw .malformed(gitDirectory.appending("HEAD"), "it names `\(name)`, which is no branch")
        }
        return .branch(branch, tip: try resolve(reference: name))
    }

    /// Returns the object that a full reference name such as `refs/heads/main` leads to, through symbolic
    /// references; tags are not peeled. `nil` when there is no such reference.
    public func resolve(reference name: String) throws(GitError) -> ObjectID? {
        var id = git_oid()
        let code = git_reference_name_to_id(&id, handle.pointer, name)
        if code == GIT_EINVALIDSPEC.rawValue { return nil }
        return try found(code, "git_reference_name_to_id") ? ObjectID(id) : nil
    }

    /// Returns the tip of a branch, or `nil` when there is no such branch.
    public func tip(of branch: BranchName) throws(GitError) -> ObjectID? {
        try resolve(reference: branch.reference)
    }

    /// Returns the commit that what a user typed stands for; tags are peeled.
    ///
    /// - Throws: `GitError.unknownRevision`.
    ///
    /// Source: `gitrevisions(7)`, as far as libgit2 knows it.
    public func resolve(commitish text: String) throws(GitError) -> ObjectID {
        var object: OpaquePointer?
        guard git_revparse_single(&object, handle.pointer, text) == 0 else { throw .unknownRevision(text) }
        let any = Handle(object, free: git_object_free)
        var peeled: OpaquePointer?
        guard git_object_peel(&peeled, any.pointer, GIT_OBJECT_COMMIT) == 0 else { throw .unknownRevision(text) }
        let commit = Handle(peeled, free: git_object_free)
        return ObjectID(git_object_id(commit.pointer).pointee)
    }

    /// Returns all local branches, sorted by name; a name that is not UTF-8 is left out.
    public func branches() throws(GitError) -> [Branch] {
        try references(beneath: "refs/heads/").compactMap { reference in
            BranchName(reference: reference.name).map { Branch(name: $0, tip: reference.target) }
        }
    }

    /// Returns a branch whose name leaves no room for `branch`, or `nil`: Git keeps `a/b` in a folder `a`.
    public func branch(inTheWayOf branch: BranchName) throws(GitError) -> BranchName? {
        try branches().map(\.name).first { other in
            branch.rawValue.hasBytePrefix(other.rawValue + "/") || other.rawValue.hasBytePrefix(branch.rawValue + "/")
        }
    }

    /// Returns what the remotes have under the name of `branch`, one for each remote that has it, sorted by name.
    public func remoteBranches(named branch: BranchName) throws(GitError) -> [RemoteBranch] {
        let root = "refs/remotes/"
        let ending = "/" + branch.rawValue
        var found: [RemoteBranch] = []
        for reference in try references(beneath: root)
        where reference.name.utf8.reversed().starts(with: ending.utf8.reversed()) {
            let remote = String(
                decoding: reference.name.utf8.dropFirst(root.utf8.count).dropLast(ending.utf8.count), as: UTF8.self)
            guard try configuration("remote.\(remote).url") != nil else { continue }
            found.append(RemoteBranch(remote: remote, branch: branch, tip: reference.target))
        }
        return found
    }

    /// Returns all references whose full name begins with `prefix`, sorted by name; dangling symbolic ones and names
    /// that are not UTF-8 are left out.
    public func references(beneath prefix: String) throws(GitError) -> [Reference] {
        var iterator: OpaquePointer?
        // Names hold no wildcards, and this one also stands for slashes.
        try check(
            git_reference_iterator_glob_new(&iterator, handle.pointer, prefix + "*"), "git_reference_iterator_glob_new")
        let references = Handle(iterator, free: git_reference_iterator_free)
        var result: [Reference] = []
        while true {
            var next: OpaquePointer?
            let code = git_reference_next(&next, references.pointer)
            if code == GIT_ITEROVER.rawValue { break }
            try check(code, "git_reference_next")
            let reference = Handle(next, free: git_reference_free)
            guard let name = String(validatingCString: git_reference_name(reference.pointer)),
                name.hasBytePrefix(prefix)
            else { continue }
            if let target = git_reference_target(reference.pointer) {
                result.append(Reference(name: name, target: ObjectID(target.pointee)))
            } else if let target = try resolve(reference: name) {
                result.append(Reference(name: name, target: target))
            }
        }
        return result.sorted { $0.name < $1.name }
    }

    /// Returns the upstream of a branch, or `nil` when none is configured.
    public func upstream(of branch: BranchName) throws(GitError) -> Upstream? {
        guard let remote = try configuration("branch.\(branch.rawValue).remote"),
            let merge = try configuration("branch.\(branch.rawValue).merge")
        else { return nil }
        var name = git_buf()
        defer { git_buf_dispose(&name) }
        let code = git_branch_upstream_name(&name, handle.pointer, branch.reference)
        guard try found(code, "git_branch_upstream_name"), let text = name.ptr else {
            return Upstream(remote: remote, remoteReference: merge, trackingReference: nil, tip: nil)
        }
        let tracking = String(cString: text)
        return Upstream(
            remote: remote, remoteReference: merge, trackingReference: tracking, tip: try resolve(reference: tracking))
    }
}

extension String {
    /// Whether the bytes of this text begin with those of `prefix`. `hasPrefix` would take é in one form for the other.
    func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// What stands after the bytes of `prefix`, which this text begins with.
    func droppingBytePrefix(_ prefix: String) -> String {
        String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}
