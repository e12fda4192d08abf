import Testing
import WebServer

@Suite struct AdmissionTests {
    @Test func `S78: a JSON body has up to 256 KiB`() { #expect(Admission.jsonLimit == 262_144) }
}
