import HostSystem
import SystemPackage
import TestSupport
import Testing

/// Own and shared bytes are what the file system says, whatever names and clones there are.
@Suite("Disk usage", .enabled(if: LoopDevice.isPossible), .serialized)
struct DiskUsageTests {
    @Test("Clones are shared until they are written to", arguments: [LoopDevice.Kind.btrfs, .xfs])
    func clones(_ kind: LoopDevice.Kind) async throws {
        let disk = try await LoopDevice(kind)
        let directory = try TemporaryDirectory(in: disk.path)
        let size = 8 << 20
        try directory.write("one/big.bin", bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        _ = try await CommandRunner().run(Invocation("/usr/bin/sync", ["-f", disk.path.string]))
        let alone = try DiskUsage(of: directory.path("one"))
        #expect(abs(alone.own - Int64(size)) < 64 << 10 && alone.shared == 0, "\(alone)")
        _ = try await TreeCopy(method: .reflink).copy(directory.path("one"), to: directory.path("two"))
        let shared = try DiskUsage(of: directory.path("two"))
        #expect(shared.own < 64 << 10 && abs(shared.shared - Int64(size)) < 64 << 10, "\(shared)")
        let file = try FileDescriptor.open(directory.path("two/big.bin"), .writeOnly)
        _ = try file.closeAfter { try file.writeAll([UInt8](repeating: 1, count: 4 << 20)) }
        _ = try await CommandRunner().run(Invocation("/usr/bin/sync", ["-f", disk.path.string]))
        let parted = try DiskUsage(of: directory.path("two"))
        #expect(abs(parted.own - Int64(size / 2)) < 256 << 10, "\(parted)")
        #expect(abs(parted.shared - Int64(size / 2)) < 256 << 10, "\(parted)")
    }

    @Test(
        "A sparse file takes what is allocated, and a file with two names is shared",
        arguments: [LoopDevice.Kind.ext4, .xfs, .btrfs])
    func sparse(_ kind: LoopDevice.Kind) async throws {
        let disk = try await LoopDevice(kind)
        let directory = try TemporaryDirectory(in: disk.path)
        let path = try directory.write("t/sparse", "x")
        let file = try FileDescriptor.open(path, .writeOnly)
        _ = try file.closeAfter { try file.resize(to: 20 << 30) }
        #expect(try DiskUsage(of: directory.path("t")).own < 64 << 10)
        try directory.write("t/named", bytes: [UInt8](repeating: 3, count: 1 << 20))
        _ = try await CommandRunner().run(Invocation("/usr/bin/sync", ["-f", disk.path.string]))
        try FileSystem.hardLink(at: directory.path("again"), to: directory.path("t/named"))
        let usage = try DiskUsage(of: directory.path("t"))
        #expect(usage.own < 64 << 10 && abs(usage.shared - 1 << 20) < 64 << 10, "\(usage)")
    }
}
