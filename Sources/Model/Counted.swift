/// Returns `1 step`, `2 steps`.
///
/// - Parameter noun: in the singular; one that takes more than an `s` is not for this.
public func counted(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)" + (number == 1 ? "" : "s")
}
