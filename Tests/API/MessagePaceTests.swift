import API
import Links
import Testing

@Suite struct MessagePaceTests {
    @Test func `four in a row go at once, and then twenty a second`() {
        var pace = MessagePace()
        let begin = Instant.now
        for _ in 0..<4 { #expect(pace.wait(at: begin) <= .zero) }
        #expect(pace.wait(at: begin) == .milliseconds(50))
        #expect(pace.wait(at: begin) == .milliseconds(100))
        let later = begin + .seconds(10)
        for _ in 0..<4 { #expect(pace.wait(at: later) <= .zero) }
    }

    @Test func `eleven changes a second never wait`() {
        var pace = MessagePace()
        let begin = Instant.now
        for number in 0..<100 {
            #expect(pace.wait(at: begin + .milliseconds(100 * number)) <= .zero)
            if number % 10 == 5 { #expect(pace.wait(at: begin + .milliseconds(100 * number + 1)) <= .zero) }
        }
    }
}
