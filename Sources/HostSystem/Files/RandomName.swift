/// Returns a name that nobody has: 64 random bits, as small letters and digits.
public func randomName() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
