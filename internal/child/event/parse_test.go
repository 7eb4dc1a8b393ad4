package event

import (
	"errors"
	"strings"
	"testing"
)

// Whatever comes, it is read or refused with a line; nothing else happens.
func FuzzParse(f *testing.F) {
	f.Add(dose().xml())
	f.Add([]byte(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/><entry><fullUrl value="urn:uuid:a"/><resource><MessageHeader><id value="a"/></MessageHeader></resource></entry></Bundle>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse(src)
		var no *Refusal
		switch {
		case err == nil && m.Source != "" && m.ID != "" && rank[m.Kind] > 0 && !m.Published.IsZero():
		case err != nil && m == nil && errors.As(err, &no) && no.Line > 0 && no.Say != "" && no.Reason != "":
		default:
			t.Fatalf("%+v %v", m, err)
		}
	})
}

// The rules between STU3 and R4 undo themselves.
func TestMappingBothWays(t *testing.T) {
	for _, text := range []string{
		`{"resourceType":"Immunization","status":"completed","notGiven":true,"explanation":{"reasonNotGiven":[{"text":"x"}]},"vaccinationProtocol":[{"doseSequence":2,"description":"d","doseStatus":{"text":"s"},"targetDisease":[{"text":"t"}]},{"series":"s"}],"practitioner":[{"role":{"text":"r"},"actor":{"reference":"a"}}]}`,
		`{"resourceType":"Encounter","status":"finished","appointment":{"reference":"a"},"reason":[{"text":"x"}],"diagnosis":[{"condition":{"reference":"c"},"role":{"text":"r"}}]}`,
		`{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"}}`,
		`{"resourceType":"Procedure","status":"suspended","notDone":true,"notDoneReason":{"text":"x"},"context":{"reference":"e"}}`,
		`{"resourceType":"Procedure","status":"aborted"}`,
		`{"resourceType":"Observation","comment":"c","context":{"reference":"e"},"interpretation":{"text":"i"},"component":[{"interpretation":{"text":"i"}}],"code":{"coding":[{"system":"http://hl7.org/fhir/v3/NullFlavor","code":"UNK"}]}}`,
		`{"resourceType":"DiagnosticReport","category":{"text":"c"},"performer":[{"actor":{"reference":"a"}}],"codedDiagnosis":[{"text":"d"}],"image":[{"link":{"reference":"m"}}]}`,
		`{"resourceType":"Provenance","reason":[{"code":"a"},{"code":"b"}],"activity":{"code":"x"},"agent":[{"whoReference":{"reference":"w"}}],"entity":[{"whatReference":{"reference":"w"}}]}`,
		`{"resourceType":"Communication","status":"suspended","notDone":true,"notDoneReason":{"text":"x"},"topic":[{"reference":"t"}]}`,
		`{"resourceType":"Appointment","serviceCategory":{"text":"c"},"reason":[{"text":"r"}],"indication":[{"reference":"i"}],"incomingReferral":[{"reference":"r"}]}`,
		`{"resourceType":"CareTeam","context":{"reference":"e"},"participant":[{"role":{"text":"r"},"member":{"reference":"m"}}]}`,
	} {
		v := parsed(text)
		was := v.json(true)
		rules.toR4(v)
		if v.json(true) == was && !strings.Contains(text, "AMB") {
			t.Errorf("nothing was changed: %s", was)
		}
		if rules.toSTU3(v); v.json(true) != was {
			t.Errorf("it is\n%s\nand was\n%s", v.json(true), was)
		}
	}
}
