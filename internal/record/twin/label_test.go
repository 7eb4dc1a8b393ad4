package twin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
)

// labels are the sensitive kinds that a resource tells of, and whether it comes
// from, or is, a sexual health clinic.
type labels struct {
	kinds  label.Set
	clinic bool
}

const (
	actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	clinic  = "394808002"
)

// sensitive is what the labels that the twin's resources carry mean.
var sensitive = map[string]label.Set{"PSY": label.MentalHealth, "ETH": label.Substances, "SDV": label.Safeguarding | label.DomesticAbuse, "GDIS": label.Genetics}

// kindsOfLabel are what a session is asked to hide.
var kindsOfLabel = []label.Set{label.MentalHealth, label.Substances, label.Safeguarding, label.Genetics, label.SexualHealth}

func (g *gen) security() string {
	if g.odds(50) {
		return arr(g.coding())
	}
	return arr(obj("system", str(actCode), "code", str(g.one("PSY", "ETH", "SDV", "GDIS"))))
}

func (g *gen) kindOfPlace() string {
	if g.odds(15) {
		return arr(obj("coding", arr(obj("system", str("http://snomed.info/sct"), "code", str(clinic)))))
	}
	return g.list(1, g.concept)
}

// tells and written are, by type, along which references a resource has the
// labels of what it leads to, and along which it comes from a clinic.
var (
	tells = map[string][]string{
		"Appointment": {"reason-reference"}, "Condition": {"evidence-detail"}, "Encounter": {"appointment", "diagnosis", "part-of", "reason-reference"},
		"List": {"item"}, "Observation": {"derived-from", "has-member"}, "Provenance": {"target", "entity"}, "QuestionnaireResponse": {"based-on", "part-of"},
		"RiskAssessment": {"condition"},
	}
	written = map[string][]string{
		"Appointment": {"actor", "location"}, "Condition": {"encounter", "asserter"}, "Encounter": {"location", "service-provider"}, "List": {"encounter", "source"},
		"Location": {"organization", "partof"}, "MedicationRequest": {"encounter", "requester"}, "Observation": {"encounter", "performer"}, "Organization": {"partof"}, "Provenance": {"location"},
		"QuestionnaireResponse": {"author", "encounter", "source"}, "RiskAssessment": {"encounter", "performer"},
	}
	places = []string{"Organization", "Practitioner", "Location"}
)

// own is what a resource says of itself.
func own(r *thing) (l labels) {
	if r.typ == "Questionnaire" {
		return l // it is about nobody
	}
	for c := range r.root.Get("meta").Get("security").Each() {
		if c.Get("system").Is(actCode) {
			l.kinds |= sensitive[c.Get("code").Str()]
		}
	}
	for t := range r.root.Get("type").Each() {
		for c := range t.Get("coding").Each() {
			l.clinic = l.clinic || c.Get("code").Is(clinic)
		}
	}
	return l
}

// relabel labels the world anew after a write: what was labelled stays so, and
// labels go along references until nothing changes.
func (r *rig) relabel() {
	for key, t := range r.w {
		l, mine := r.labels[key], own(t)
		r.labels[key] = labels{l.kinds | mine.kinds, l.clinic || mine.clinic}
	}
	for again := true; again; {
		again = false
		for key, t := range r.w {
			was := r.labels[key]
			now := was
			r.follow(t, tells, func(to labels) { now.kinds |= to.kinds; now.clinic = now.clinic || to.clinic })
			r.follow(t, written, func(to labels) { now.clinic = now.clinic || to.clinic })
			if now.clinic {
				now.kinds |= label.SexualHealth
			}
			if slices.Contains(places, t.typ) {
				now.kinds = 0
			}
			if now != was {
				r.labels[key], again = now, true
			}
		}
	}
}

func (r *rig) follow(t *thing, along map[string][]string, take func(labels)) {
	for _, code := range along[t.typ] {
		p := table[t.typ][code]
		if p == nil {
			continue
		}
		for _, v := range t.values(p) {
			if to, _ := place(v.str); !v.ident {
				take(r.labels[to])
			}
		}
	}
}

// bare is the part of a world that has none of some labels.
func (r *rig) bare(w world, hide label.Set) world {
	out := maps.Clone(w)
	for key := range w {
		if r.labels[key].kinds&hide != 0 {
			delete(out, key)
		}
	}
	return out
}

// hides draws what a session may not see.
func (g *gen) hides() (hide label.Set) {
	for _, k := range kindsOfLabel {
		if g.odds(40) {
			hide |= k
		}
	}
	return hide
}

// TestTwinWithoutLabelsAgrees asks in sessions that may not see some sensitive
// kinds, within a scope drawn at random: they must get the answers of a server
// that holds nothing of those kinds, and nothing that tells of them.
func TestTwinWithoutLabelsAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		var sc scope
		var s *record.Session
		var hide label.Set
		found, cut := 0, 0
		queries := 1_500 * setting(t, "BEVAN_TWIN_TIMES", 100) / 100
		for i := range queries {
			if i%perRound == perRound-1 {
				r.churn()
			}
			if i%12 == 0 {
				r.g.w = r.w
				sc, hide = r.g.scope(r.g.one("", anybody(r.g)), false), r.g.hides()
				s = r.openWithout(sc, hide)
			}
			seen := r.w.seen(sc)
			w := r.bare(seen, hide)
			r.g.w = seen // what is hidden is asked for
			q := r.g.query()
			r.g.w = w
			if fault := check(s, w, q, func() {}); fault != "" {
				t.Fatalf("query %d, %s, without %v\n%s: %s\n%s", i, sc, hide, q, fault, r.plan("", q))
			}
			if n := len(w.answer(q)); n < len(seen.answer(q)) {
				cut++
			} else if n > 0 {
				found++
			}
		}
		t.Logf("%d queries found all, %d less than there is", found, cut)
		if found < queries/20 || cut < queries/40 {
			t.Error("the queries are not worth much")
		}
	})
}

func (r *rig) openWithout(sc scope, hide label.Set) *record.Session {
	r.t.Helper()
	s, err := r.openScope(sc).Without(ctx, hide)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// TestHistoriesWithoutLabels reads every version of everything that ever was,
// and every history: what is hidden now is as if it had never been.
func TestHistoriesWithoutLabels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		for range 4 {
			r.churn()
		}
		r.g.w = r.w
		shown, hidden := 0, 0
		for i := range 10 {
			sc, hide := scope{every: true}, r.g.hides()
			if i%2 > 0 {
				sc.patient = r.g.id("Patient")
			}
			s := r.openWithout(sc, hide)
			want := map[string]map[string]bool{}
			for _, v := range r.past {
				typ, id, _ := strings.Cut(v.key, "/")
				in := sc.sees(r.last[v.key]) && sc.lies(v.home, v.several, typ)
				open := r.labels[v.key].kinds&hide == 0
				_, err := s.Read(ctx, record.Key{Type: typ, ID: id}, v.num)
				if in && open {
					shown++
					if want[typ] == nil {
						want[typ] = map[string]bool{}
					}
					want[typ][fmt.Sprint(v.key, " ", v.num, " ", v.gone)] = true
					if sameAsAbsent(err, v.key) {
						t.Fatalf("without %v: %s, version %d is not to be seen: %v", hide, v.key, v.num, err)
					}
					continue
				}
				if in {
					hidden++
				}
				if !sameAsAbsent(err, v.key) {
					t.Fatalf("without %v: %s, version %d, is labelled %v, and its read gives %v", hide, v.key, v.num, r.labels[v.key], err)
				}
			}
			for _, typ := range types {
				got := r.told(t, s, record.History{Type: typ, Count: 7})
				if len(got) > 0 && !maps.Equal(got, want[typ]) || len(got) == 0 && len(want[typ]) > 0 {
					t.Fatalf("without %v: the history of %s is\n  %v, want\n  %v", hide, typ, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want[typ])))
				}
			}
		}
		t.Logf("%d versions were shown, %d hidden by their labels", shown, hidden)
		if shown < 100 || hidden < 100 {
			t.Error("the versions are not worth much")
		}
	})
}
