import HostSystem
import TestSupport
import Testing

@Suite("Many locks in one file")
struct RangeLocksTests {
    @Test("Two holders exclude each other number by number, until it is given back or the holder ends")
    func excludes() throws {
        let directory = try TemporaryDirectory()
        let one = try RangeLocks(at: directory.path("locks"))
        var other: RangeLocks? = try RangeLocks(at: directory.path("locks"))
        for number in [0, 1 << 20, UInt64.max] {
            #expect(try one.take(number))
            #expect(try other?.take(number) == false)
        }
        one.release(1 << 20)
        #expect(try other?.take(1 << 20) == true)
        #expect(try one.take(1 << 20) == false)
        other = nil
        #expect(try one.take(1 << 20))
    }
}
