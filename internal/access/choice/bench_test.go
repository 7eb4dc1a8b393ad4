package choice_test

import (
	"fmt"
	"testing"

	"github.com/bevanhealth/bevan/internal/access/choice"
)

// twenty are a person's choices as somebody may have who has thought about it:
// several layers, actors, kinds of data, periods and single items.
func twenty(b testing.TB) (*choice.Program, []*choice.Consent) {
	var lines []string
	for n := range 5 {
		lines = append(lines,
			fmt.Sprintf("permit actor=Organization/%d,Organization/3 purpose=TREAT,HPAYMT,HOPERAT period=2020..2040 > deny label=PSY,SEX,HIV,ETH", n),
			fmt.Sprintf("deny actor=Practitioner/%d0,Practitioner/%d1 action=access,correct class=Observation,Condition,DocumentReference", n, n),
			fmt.Sprintf("permit purpose=CAREMGT,COC,ETREAT > deny dataPeriod=201%d..201%d data=authoredby:Organization/4%d", n, n, n),
			fmt.Sprintf("deny code=http://snomed.info/sct|1%d,http://snomed.info/sct|2%d data=instance:Observation/a%d,dependents:Encounter/%d purpose=HRESCH", n, n, n, n),
		)
	}
	cs := consents(b, choice.World{}, lines...)
	p, err := choice.Compile(cs)
	if err != nil {
		b.Fatal(err)
	}
	return p, cs
}

var looker = choice.Viewer{Refs: []string{"Practitioner/1", "PractitionerRole/1", "Organization/3", "Organization/2", "Organization/1", "CareTeam/4", "CareTeam/5", "Group/6"},
	Idents:  []choice.Coding{{System: choice.IdentApp, Code: "ward"}, {System: choice.IdentRole, Code: "clinician"}, {System: choice.IdentODS, Code: "RR8"}},
	Purpose: []string{"TREAT"}, Action: "access", Now: doctor.Now}

var seen = choice.Item{Type: "Observation", ID: "1", Security: []choice.Coding{{System: confidentiality, Code: "N"}},
	Codes: []choice.Coding{{System: "http://loinc.org", Code: "8480-6"}, {System: "http://snomed.info/sct", Code: "271649006"}},
	From:  doctor.Now, To: doctor.Now, Authors: []string{"Practitioner/1"}, Refs: []string{"Patient/1", "Encounter/9", "Practitioner/1"}}

func BenchmarkVerdict(b *testing.B) {
	p, _ := twenty(b)
	c := p.Class(&seen)
	b.ReportAllocs()
	for b.Loop() {
		if !p.Verdict(&looker, c).Permit {
			b.Fatal("denied")
		}
	}
}

// BenchmarkView is one more class of a session that has its View.
func BenchmarkView(b *testing.B) {
	p, _ := twenty(b)
	w, c := p.View(&looker), p.Class(&seen)
	b.ReportAllocs()
	for b.Loop() {
		if !w.Verdict(c).Permit {
			b.Fatal("denied")
		}
	}
}

func BenchmarkClass(b *testing.B) {
	p, _ := twenty(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Class(&seen)
	}
}

func BenchmarkDecide(b *testing.B) {
	_, cs := twenty(b)
	b.ReportAllocs()
	for b.Loop() {
		if !choice.Decide(cs, &looker, &seen).Permit {
			b.Fatal("denied")
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	_, cs := twenty(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := choice.Compile(cs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	p, _ := twenty(b)
	c := p.Class(&seen)
	b.ReportAllocs()
	for b.Loop() {
		p.Explain(&looker, c)
	}
}
