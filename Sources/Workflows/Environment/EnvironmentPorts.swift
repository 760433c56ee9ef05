import HostSystem
import Model
import Persistence

/// Gives each environment a number of its own for each of `ports:`, which it keeps for its life.
///
/// Numbers lie below those that Linux gives to outgoing connections (32768 and above, `ip(7)`, ip_local_port_range). Each
/// repository begins at a place of its own, which is recorded, so that two repositories seldom ask for the same.
struct EnvironmentPorts {
    let project: Project

    private static let range = 20_000...29_999
    private static let blockSize = 100

    /// Returns the environment with a number for every port that the configuration names, and for no other.
    func assign(_ environment: BranchEnvironment, _ configuration: ProjectConfiguration) throws -> BranchEnvironment {
        let wanted = Set(configuration.ports)
        if wanted == Set(environment.ports.keys) { return environment }
        if environment.ports.keys.contains(where: { !wanted.contains($0) }) {
            try project.store.update(environment.branch) { $0.ports = $0.ports.filter { wanted.contains($0.key) } }
        }
        for name in configuration.ports where environment.ports[name] == nil {
            try assign(name, to: environment.branch)
        }
        return try project.store.requireEnvironment(for: environment.branch)
    }

    private func assign(_ name: String, to branch: BranchName) throws {
        let first = try firstOfBlock()
        let block = first...min(first + Self.blockSize - 1, Self.range.upperBound)
        do {
            _ = try project.store.port(name, of: branch, in: block, isFree: NetworkPort.isFree)
        } catch PersistenceError.noFreePort {
            _ = try project.store.port(name, of: branch, in: Self.range, isFree: NetworkPort.isFree)
        }
    }

    private func firstOfBlock() throws -> Int {
        if let known = try project.store.setting("ports").flatMap({ Int($0) }) { return known }
        let digits = ContentHash(of: project.layout.commonDirectory.string).prefix(6)
        let blocks = Self.range.count / Self.blockSize
        let first = Self.range.lowerBound + (Int(digits, radix: 16) ?? 0) % blocks * Self.blockSize
        try project.store.set("ports", to: String(first))
        return first
    }
}

extension ProjectConfiguration {
    /// What stands for the ports where there is no environment: 0, with which a server takes any that is free.
    func ports(of environment: BranchEnvironment?) -> [String: Int] {
        Dictionary(ports.map { ($0, environment?.ports[$0] ?? 0) }) { first, _ in first }
    }
}
