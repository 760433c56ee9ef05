import CLibgit2
import Model

extension Repository {
    /// Returns what a commit says; where the history of a shallow clone ends, it has no parents.
    public func commit(_ id: ObjectID) throws(GitError) -> Commit {
        let commit = try commitHandle(id)
        let author = git_commit_author(commit.pointer).pointee
        let committer = git_commit_committer(commit.pointer).pointee
        let isBoundary = isShallow ? try shallowBoundary().contains(id) : false
        let parents =
            isBoundary
            ? []
            : (0..<git_commit_parentcount(commit.pointer)).map {
                ObjectID(git_commit_parent_id(commit.pointer, $0).pointee)
            }
        return Commit(
            id: id, tree: ObjectID(git_commit_tree_id(commit.pointer).pointee), parents: parents,
            author: Identity(author),
            committer: Identity(committer), committed: Timestamp(seconds: committer.when.time),
            message: git_commit_message(commit.pointer).map { String(cString: $0) } ?? "")
    }

    /// Returns the tree of a commit.
    public func tree(of commit: ObjectID) throws(GitError) -> ObjectID {
        ObjectID(git_commit_tree_id(try commitHandle(commit).pointer).pointee)
    }

    /// Whether the commit is in the repository.
    public func hasCommit(_ id: ObjectID) throws(GitError) -> Bool {
        do {
            _ = try commitHandle(id)
            return true
        } catch .missingObject {
            return false
        }
    }

    /// Returns the best common ancestor, or `nil` when there is none.
    public func mergeBase(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> ObjectID? {
        if isShallow { return try shallowMergeBase(one, other) }
        var base = git_oid()
        var one = try one.binary()
        var other = try other.binary()
        return try found(git_merge_base(&base, handle.pointer, &one, &other), "git_merge_base") ? ObjectID(base) : nil
    }

    /// Whether `ancestor` is `descendant` or can be reached from it.
    public func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        if ancestor == descendant { return true }
        if isShallow { return try shallowHistory(of: [descendant]).contains(ancestor) }
        var upper = try descendant.binary()
        var lower = try ancestor.binary()
        let code = git_graph_descendant_of(handle.pointer, &upper, &lower)
        return try found(code, "git_graph_descendant_of") && code == 1
    }

    /// Returns how many commits only `local` and only `upstream` have.
    public func aheadBehind(_ local: ObjectID, _ upstream: ObjectID) throws(GitError) -> Divergence {
        if isShallow {
            let ours = Set(try shallowHistory(of: [local]))
            let theirs = Set(try shallowHistory(of: [upstream]))
            return Divergence(ahead: ours.subtracting(theirs).count, behind: theirs.subtracting(ours).count)
        }
        var ahead = 0
        var behind = 0
        var one = try local.binary()
        var other = try upstream.binary()
        try check(git_graph_ahead_behind(&ahead, &behind, handle.pointer, &one, &other), "git_graph_ahead_behind")
        return Divergence(ahead: ahead, behind: behind)
    }

    /// Returns the commits from `tip` along first parents, newest first.
    ///
    /// - Parameters:
    ///   - until: where to stop, itself left out; the line is walked to its root when this is not on it.
    ///   - limit: how many at most.
    public func firstParentLog(
        from tip: ObjectID, until: ObjectID? = nil, limit: Int = .max
    ) throws(GitError) -> [Commit] {
        var line: [Commit] = []
        var next: ObjectID? = tip
        while let id = next, id != until, line.count < limit {
            let commit = try commit(id)
            line.append(commit)
            next = commit.parents.first
        }
        return line
    }

    /// Returns the commits that can be reached from `tip` and from none of `excluded`, newest first.
    public func commits(
        reachableFrom tip: ObjectID, notFrom excluded: [ObjectID], limit: Int = .max
    ) throws(GitError) -> [ObjectID] {
        if isShallow {
            let left = Set(try shallowHistory(of: excluded))
            return Array(try shallowHistory(of: [tip]).filter { !left.contains($0) }.prefix(limit))
        }
        let walk = try revisionWalk(from: tip, hiding: excluded)
        var result: [ObjectID] = []
        var id = git_oid()
        while result.count < limit {
            let code = git_revwalk_next(&id, walk.pointer)
            if code == GIT_ITEROVER.rawValue { break }
            try check(code, "git_revwalk_next")
            result.append(ObjectID(id))
        }
        return result
    }

    /// Returns the newest commit with exactly the tree `tree` among those reachable from `tip` and not from `fork`,
    /// or `nil`: so a squash of the same content is recognised.
    public func treeAppearsSince(_ fork: ObjectID, tip: ObjectID, tree wanted: ObjectID) throws(GitError) -> ObjectID? {
        for id in try commits(reachableFrom: tip, notFrom: [fork]) where try tree(of: id) == wanted {
            return id
        }
        return nil
    }

    private func revisionWalk(from tip: ObjectID, hiding excluded: [ObjectID]) throws(GitError) -> Handle {
        var pointer: OpaquePointer?
        try check(git_revwalk_new(&pointer, handle.pointer), "git_revwalk_new")
        let walk = Handle(pointer, free: git_revwalk_free)
        git_revwalk_sorting(walk.pointer, GIT_SORT_TIME.rawValue | GIT_SORT_TOPOLOGICAL.rawValue)
        var start = try tip.binary()
        try missing(tip, git_revwalk_push(walk.pointer, &start), "git_revwalk_push")
        for commit in excluded {
            var hidden = try commit.binary()
            try missing(commit, git_revwalk_hide(walk.pointer, &hidden), "git_revwalk_hide")
        }
        return walk
    }
}

extension Identity {
    init(_ signature: git_signature) {
        self.init(name: String(cString: signature.name), email: String(cString: signature.email))
    }
}
