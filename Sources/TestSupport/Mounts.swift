import Glibc
import SystemPackage

/// Unmounts as soon as nobody uses it. Source: `umount2(2)`, MNT_DETACH.
func detachMount(_ path: FilePath) {
    let detach: Int32 = 2
    _ = path.withPlatformString { umount2($0, detach) }
}
