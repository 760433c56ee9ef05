import Glibc

/// A number at which programs of this machine can be reached over TCP.
public enum NetworkPort {
    /// Whether nobody listens at `number` at this moment, at any address of this machine.
    ///
    /// Source: `bind(2)`, `ip(7)`, `ipv6(7)`.
    public static func isFree(_ number: Int) -> Bool {
        guard let port = in_port_t(exactly: number), port > 0 else { return false }
        return isFree(AF_INET, port) && isFree(AF_INET6, port)
    }

    private static func isFree(_ family: Int32, _ port: in_port_t) -> Bool {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        // A machine without IPv6 has nobody who listens there.
        guard descriptor >= 0 else { return errno == EAFNOSUPPORT }
        defer { close(descriptor) }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // What was closed a moment ago is free; and IPv6 alone is asked about, because IPv4 was.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        if family == AF_INET {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            return bound(descriptor, &address)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        return bound(descriptor, &address)
    }

    private static func bound<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0 || errno == EADDRNOTAVAIL
            }
        }
    }
}
