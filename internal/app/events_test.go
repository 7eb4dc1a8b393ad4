package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/exchange/sources"
)

// birth is a birth notification of a made-up child.
func birth(status string) string {
	return fmt.Sprintf(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:m"/><resource><MessageHeader><id value="m"/><meta><lastUpdated value="2026-04-01T10:00:00Z"/></meta>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"><valueCodeableConcept><coding><code value="new"/></coding></valueCodeableConcept></extension>
<event><system value="https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"/><code value="pds-birth-notification-1"/></event>
<source><endpoint value="urn:test:births"/></source><focus><reference value="urn:uuid:c"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:c"/><resource><Communication><id value="c"/><status value="%s"/><subject><reference value="urn:uuid:who"/></subject></Communication></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/><identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990001006"/></identifier><name><family value="Hill"/><given value="Mia"/></name><birthDate value="2026-04-01"/></Patient></resource></entry>
</Bundle>`, status)
}

// A folder of messages is brought in at the command line, twice without harm; one
// that can not be taken waits and is told; an event is written as a message again.
func TestEventMessagesAtTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	p := place{Data: filepath.Join(dir, "data")}
	sourceIn(t, p, "births", func(h *house) {
		if err := h.sources.Add(t.Context(), "console:x", sources.Source{ID: "births", Name: "Births", URI: "urn:test:births"}); err != nil {
			t.Fatal(err)
		}
	})
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(in, "1.xml"), birth("completed"))
	write(t, filepath.Join(in, "notes.txt"), "no message")
	events := func(args ...string) said { return bevan(t, append([]string{"events"}, args...)...) }
	if got := events("import", "--data", p.Data, in); got.code != exitOK || !strings.Contains(got.out, "1 messages: 1 taken, 0 taken before") {
		t.Errorf("%+v", got)
	}
	if s := sourceIn(t, p, "births", nil); s.Heard.IsZero() || !s.Failed.IsZero() {
		t.Errorf("%+v", s)
	}
	write(t, filepath.Join(in, "2.xml"), birth("lost"))
	got := events("import", "--data", p.Data, in)
	if got.code != exitPart || !strings.Contains(got.out, "2 messages: 0 taken, 1 taken before") || !strings.Contains(got.out, "line 2, Bundle.entry[0].resource.id") || strings.Contains(got.out+got.err, "9990001006") {
		t.Errorf("%+v", got)
	}
	if s := sourceIn(t, p, "births", nil); s.Failed.IsZero() {
		t.Errorf("%+v", s)
	}
	to := filepath.Join(dir, "all")
	if got := bevan(t, "export", "--data", p.Data, to); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	text, err := os.ReadFile(filepath.Join(to, "Provenance.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"resourceType":"Provenance","id":"([0-9a-f]+)"`).FindSubmatch(text)
	if id == nil {
		t.Fatalf("no Provenance: %s", text)
	}
	out := filepath.Join(dir, "out.xml")
	if got := events("export", "--data", p.Data, "Provenance/"+string(id[1]), "--to", out); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), `<code value="pds-birth-notification-1"/>`) || !strings.Contains(string(text), `"9990001006"`) {
		t.Errorf("%s %v", text, err)
	}
	for _, bad := range [][]string{{"export", "--data", p.Data, "Provenance/" + string(id[1]), "--to", out}, {"export", "--data", p.Data, "Provenance/nothing", "--to", out + "2"}, {"export", "--data", p.Data, "a b", "--to", out + "3"}, {"import", "--data", p.Data, filepath.Join(dir, "nothing")}} {
		if got := events(bad...); got.code != exitFailed {
			t.Errorf("%v: %+v", bad, got)
		}
	}
}
