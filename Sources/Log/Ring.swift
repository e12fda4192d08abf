/// A queue of bounded length that gives up its oldest element for a new one.
package struct Ring<Element> {
    /// Most elements the ring holds, at least 1.
    package let capacity: Int
    /// Elements held now.
    package private(set) var count = 0

    private var slots: [Element?]
    /// Slot of the oldest element.
    private var head = 0

    /// Creates an empty ring; a capacity below 1 counts as 1.
    package init(capacity: Int) {
        self.capacity = max(1, capacity)
        slots = Array(repeating: nil, count: self.capacity)
    }

    /// Whether nothing is held.
    package var isEmpty: Bool { count == 0 }

    /// The element that would be taken out next.
    package var oldest: Element? { slots[head] }

    /// The elements, oldest first.
    package var elements: [Element] { (0..<count).compactMap { slots[($0 + head) % capacity] } }

    /// Takes an element in, and gives back the oldest one if it had to go for it.
    @discardableResult
    package mutating func append(_ element: Element) -> Element? {
        let displaced = count == capacity ? removeFirst() : nil
        slots[(head + count) % capacity] = element
        count += 1
        return displaced
    }

    /// Takes the oldest element out.
    @discardableResult
    package mutating func removeFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            slots[head] = nil
            head = (head + 1) % capacity
            count -= 1
        }
        return slots[head]
    }

    /// Forgets everything.
    package mutating func removeAll() {
        while !isEmpty { removeFirst() }
    }
}

extension Ring: Sendable where Element: Sendable {}
