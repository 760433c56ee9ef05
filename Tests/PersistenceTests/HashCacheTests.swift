import HostSystem
import Model
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite("The hash cache")
struct HashCacheTests {
    private func identity(_ number: Int, changed: Timestamp = noon) -> FileIdentity {
        FileIdentity(
            inode: UInt64(number), size: 10, modified: noon, changed: Timestamp(nanoseconds: changed.nanoseconds + 1))
    }

    private func entry(_ identity: FileIdentity, _ text: String, began: Timestamp = noon + .hours(1)) -> HashCache.Entry
    {
        HashCache.Entry(identity: identity, hash: ContentHash(of: text), readingBegan: began)
    }

    @Test("A hash is known for the very same file only")
    func identityCounts() throws {
        let directory = try TemporaryDirectory()
        let cache = HashCache(at: directory.path("hashes.sqlite"))
        let file = identity(5)
        cache.insert([entry(file, "a")], on: "disk")
        var others = Array(repeating: file, count: 4)
        others[0].inode += 1
        others[1].size += 1
        others[2].modified = noon + .hours(1)
        others[3].changed = noon + .hours(1)
        #expect(cache.hashes(of: others, on: "disk") == [nil, nil, nil, nil])
        #expect(cache.hashes(of: [file], on: "other disk") == [nil])
        #expect(
            cache.hashes(of: others + [file, file], on: "disk").suffix(2) == [
                ContentHash(of: "a"), ContentHash(of: "a"),
            ])
        #expect(HashCache(at: directory.path("hashes.sqlite")).hashes(of: [file], on: "disk") == [ContentHash(of: "a")])
        cache.insert([entry(file, "b")], on: "disk")
        #expect(cache.hashes(of: [file], on: "disk") == [ContentHash(of: "b")])
    }

    @Test("A file written just before it was read is not trusted")
    func racy() throws {
        let directory = try TemporaryDirectory()
        let cache = HashCache(at: directory.path("hashes.sqlite"))
        let file = identity(5)
        cache.insert([entry(file, "a", began: file.changed)], on: "disk")
        cache.insert([entry(file, "a", began: file.changed + TimeSpan(seconds: 0.015))], on: "disk")
        #expect(cache.hashes(of: [file], on: "disk") == [nil])
        cache.insert([entry(file, "a", began: file.changed + TimeSpan(seconds: 0.025))], on: "disk")
        #expect(cache.hashes(of: [file], on: "disk") == [ContentHash(of: "a")])

        let coarse = FileIdentity(inode: 9, size: 1, modified: noon, changed: noon)
        #expect(HashCache.isRacy(coarse, readingBegan: noon + TimeSpan(seconds: 1.9)))
        #expect(!HashCache.isRacy(coarse, readingBegan: noon + TimeSpan(seconds: 2.1)))
    }

    @Test("A file rewritten with equal size and time is hashed again")
    func rewritten() async throws {
        let directory = try TemporaryDirectory()
        let cache = HashCache(at: directory.path("hashes.sqlite"))
        let path = try directory.write("f", "one")
        try await Task.sleep(nanoseconds: 30_000_000)
        let before = FileIdentity(try FileSystem.requireStatus(path))
        cache.insert([entry(before, "one", began: SystemClock.now())], on: "disk")
        #expect(cache.hashes(of: [before], on: "disk") == [ContentHash(of: "one")])
        try directory.write("f", "two")
        try FileSystem.setModified(path, before.modified)
        #expect(cache.hashes(of: [FileIdentity(try FileSystem.requireStatus(path))], on: "disk") == [nil])
    }

    @Test("A damaged file is made anew; one that cannot be is done without")
    func damaged() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("hashes.sqlite", String(repeating: "nonsense ", count: 1000))
        let cache = HashCache(at: path)
        cache.insert([entry(identity(1), "a")], on: "disk")
        #expect(cache.hashes(of: [identity(1)], on: "disk") == [ContentHash(of: "a")])

        let impossible = HashCache(at: path.appending("below-a-file"))
        impossible.insert([entry(identity(1), "a")], on: "disk")
        #expect(impossible.hashes(of: [identity(1)], on: "disk") == [nil])
    }

    @Test("It may be deleted while it is in use")
    func deleted() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("hashes.sqlite")
        let cache = HashCache(at: path)
        for name in ["", "-wal", "-shm"] { try FileSystem.remove(FilePath(path.string + name)) }
        cache.insert([entry(identity(1), "a")], on: "disk")
        _ = cache.hashes(of: [identity(1)], on: "disk")
        let anew = HashCache(at: path)
        anew.insert([entry(identity(2), "b")], on: "disk")
        #expect(anew.hashes(of: [identity(2)], on: "disk") == [ContentHash(of: "b")])
    }

    /// On a busy machine a writer does without rather than wait for long.
    @Test("Several writers at once leave what they wrote, or nothing, and a cache that works")
    func parallel() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("hashes.sqlite")
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let cache = HashCache(at: path)
                    for round in 0..<10 {
                        cache.insert([entry(identity(number * 100 + round), "\(number)")], on: "disk")
                    }
                }
            }
        }
        let cache = HashCache(at: path)
        for number in 0..<4 {
            let known = cache.hashes(of: (0..<10).map { identity(number * 100 + $0) }, on: "disk")
            #expect(known.allSatisfy { $0 == nil || $0 == ContentHash(of: "\(number)") })
            cache.insert([entry(identity(number), "after")], on: "disk")
            #expect(cache.hashes(of: [identity(number)], on: "disk") == [ContentHash(of: "after")])
        }
    }

    @Test("Many files are looked up quickly")
    func many() throws {
        // Without the optimiser, each takes twenty times as long.
        #if DEBUG
            let count = 10_000
        #else
            let count = 100_000
        #endif
        let directory = try TemporaryDirectory()
        let cache = HashCache(at: directory.path("hashes.sqlite"))
        let files = (0..<count).map { identity($0 &* 7919 % 1_000_003) }
        let insertion = milliseconds(best: 1) { cache.insert(files.map { entry($0, "a") }, on: "disk") }
        let thousand = Array(files[..<1000])
        let some = milliseconds { _ = cache.hashes(of: thousand, on: "disk") }
        let all = milliseconds(best: 2) { _ = cache.hashes(of: files, on: "disk") }
        print("hash cache: \(count) inserted in \(insertion) ms, 1,000 found in \(some) ms, all in \(all) ms")
        #expect(cache.hashes(of: files, on: "disk").allSatisfy { $0 == ContentHash(of: "a") })
    }
}
