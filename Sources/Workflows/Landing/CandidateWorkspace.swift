import Git
import HostSystem
import Model
import SystemPackage

/// A worktree in which merge results are tested: reused for the same target, held by a lock for a whole merge.
///
/// Nobody works in it, so it is brought to a candidate by force: every file that is not tracked there goes.
struct CandidateWorkspace: Sendable {
    let path: FilePath
    let git: GitProgram
    private let lock: HeldLock

    /// Takes the first candidate workspace of `target` that no other merge holds, and makes one where all are held.
    static func take(for target: BranchName, at commit: ObjectID, in project: Project, root: FilePath) async throws
        -> CandidateWorkspace
    {
        let folder = root.appending(".candidates").appending(target.slug)
        try FileSystem.makeDirectories(folder)
        for number in 1...99 {
            let lock: HeldLock
            do {
                lock = try await HeldLock(at: folder.appending("\(number).lock"), mode: .exclusive)
            } catch HostError.locked {
                continue
            }
            return try await open(folder.appending("\(number)"), commit, lock, project)
        }
        throw HostError.locked(folder, holder: nil)
    }

    private static func open(
        _ path: FilePath, _ commit: ObjectID, _ lock: HeldLock, _ project: Project
    ) async throws -> CandidateWorkspace {
        let isKnown = try await project.git.worktrees().contains { $0.path == path && $0.prunableBecause == nil }
        if !isKnown {
            try await project.git.removeWorktreeEntry(at: path)
            if FileSystem.exists(path) {
                try FileSystem.removeTree(path, within: path.removingLastComponent())
            }
            let git = try await project.git.addWorktree(at: path, .detached(commit))
            try await git.useFullCheckout()
            try await git.reset(to: commit, hooks: .disabled)
            return CandidateWorkspace(path: path, git: git, lock: lock)
        }
        return CandidateWorkspace(path: path, git: try project.git.inWorktree(path), lock: lock)
    }

    /// Brings the workspace to `commit`, with nothing else in it.
    func bring(to commit: ObjectID) async throws {
        try await git.reset(to: commit, hooks: .disabled)
        let conversion = try await git.conversionFingerprint().hex + "\n"
        let known = FileSystem.exists(conversionFile) ? try FileSystem.readText(conversionFile) : nil
        if known != conversion {
            try FileSystem.remove(conversionFile)
            try await git.forgetFiles()
            try await git.reset(to: commit, hooks: .disabled)
            try FileSystem.replace(conversionFile, withText: conversion)
        }
        try await git.clean()
        // A step that needs one which stays empty says so.
        _ = try await git.fillSubmodules(afresh: true)
    }

    /// Says under which attributes and settings the files were checked out; absent where that is not known.
    private var conversionFile: FilePath {
        path.removingLastComponent().appending((path.lastComponent?.string ?? "") + ".conversion")
    }

    /// Lets another merge have it.
    func release() {
        lock.release()
    }
}
