/// What is ready to be started: the longest remaining path first, else in the order of the file.
struct ReadyQueue<Work> {
    private struct Item {
        let length: Double
        let number: Int
        let work: Work

        func precedes(_ other: Item) -> Bool {
            length == other.length ? number < other.number : length > other.length
        }
    }

    /// A binary heap.
    private var items: [Item] = []

    var isEmpty: Bool { items.isEmpty }

    mutating func insert(_ work: Work, number: Int, length: Double) {
        items.append(Item(length: length, number: number, work: work))
        var child = items.count - 1
        while child > 0, items[child].precedes(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Work? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        if items.isEmpty { return first.work }
        items[0] = last
        var parent = 0
        while true {
            var next = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].precedes(items[next]) {
                next = child
            }
            if next == parent { return first.work }
            items.swapAt(parent, next)
            parent = next
        }
    }
}
