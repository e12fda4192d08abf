import Log
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RingTests {
    @Test(arguments: [0, 1, 2, 3, 7]) func `a ring behaves like an array that gives up its oldest`(capacity: Int) {
        var ring = Ring<Int>(capacity: capacity)
        var model: [Int] = []
        var generator = SystemRandomNumberGenerator()
        for number in 0..<1000 {
            if Bool.random(using: &generator) {
                let displaced = ring.append(number)
                #expect(displaced == (model.count == max(1, capacity) ? model.removeFirst() : nil))
                model.append(number)
            } else {
                #expect(ring.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(ring.elements == model)
            #expect(ring.oldest == model.first)
            #expect(ring.isEmpty == model.isEmpty)
        }
        ring.removeAll()
        #expect(ring.isEmpty)
    }
}
