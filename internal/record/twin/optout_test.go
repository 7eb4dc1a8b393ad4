package twin

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// patientsOf lists the patients in whose compartments a resource is.
func patientsOf(r *thing) map[string]bool {
	all := map[string]bool{}
	if r.typ == "Patient" {
		all[r.id] = true
	}
	codes := compartments[[2]string{"Patient", r.typ}]
	if r.typ == "Group" {
		codes = []string{"member"}
	}
	for _, code := range codes {
		p := table[r.typ][code]
		if p == nil {
			continue
		}
		for _, v := range r.values(p) {
			to, _ := place(v.str)
			if id, ok := strings.CutPrefix(to, "Patient/"); ok && !v.ident {
				all[id] = true
			}
		}
	}
	if h := home(r); h != "" {
		all[h] = true
	}
	return all
}

// without is the world that never held some people, nor what names them.
func (w world) without(gone map[string]bool) world {
	out := world{}
	for k, r := range w {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(patientsOf(r))), func(id string) bool { return gone[id] }) {
			out[k] = r
		}
	}
	return out
}

// say writes a person's no, or takes it back.
func (r *rig) say(patient string, k optout.Kind, on bool) {
	r.t.Helper()
	id := "optout-" + patient + "-" + k.String()
	body := string(optout.Consent(id, patient, k, on, time.Unix(1_700_000_000, 0)))
	_, err := r.all.Transact(ctx, []record.Op{{Method: record.Put, Key: record.Key{Type: "Consent", ID: id}, Body: tree(r.t, body)}})
	if err != nil {
		r.t.Fatal(err)
	}
}

// beyond is a program that takes data out: a use beyond care.
func (r *rig) beyond() *record.Session {
	r.t.Helper()
	rights := access.Rights{}
	for _, typ := range types { // the Consents by which people say no are not in the twin's world
		rights = rights.Or(access.OneType(typ, access.Looking))
	}
	who := access.Who{Actor: "client:twin", Kind: access.Client, Role: access.RoleProgram, App: "twin", Grant: "g", Bound: rights.Or(noConsents())}
	s, err := r.door.Open(ctx, who, record.About{}, access.Export)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// noConsents are rights to the types of which there are none.
func noConsents() access.Rights {
	return others().And(access.AllTypes(access.Looking))
}

// TestTwinWithoutThoseWhoOptedOutAgrees asks for uses beyond care while people
// say no and take it back: the answers are those of a server that never held
// these people.
func TestTwinWithoutThoseWhoOptedOutAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		gone := map[string]optout.Kind{}
		s := r.beyond() // one session: a no holds from the next question on
		found, cut := 0, 0
		queries := 450 * setting(t, "BEVAN_TWIN_TIMES", 100) / 100
		for i := range queries {
			if i%9 == 0 {
				id := r.g.id("Patient")
				k := optout.Kinds()[r.g.IntN(2)]
				on := r.g.odds(60)
				r.say(id, k, on)
				if gone[id] &^= k; on {
					gone[id] |= k
				}
			}
			if i%perRound == perRound-1 {
				r.churn()
			}
			left := map[string]bool{}
			for id, k := range gone {
				left[id] = k != 0
			}
			w := r.w.without(left)
			r.g.w = w
			q := r.g.query()
			if asksAboutConsents(q) {
				continue
			}
			if fault := check(s, w, q, func() {}); fault != "" {
				t.Fatalf("query %d, without %v\n%s: %s\n%s", i, left, q, fault, r.plan("", q))
			}
			if n := len(w.answer(q)); n > 0 {
				found++
				if n < len(r.w.answer(q)) {
					cut++
				}
			}
		}
		t.Logf("%d queries found something, %d of them less than there is", found, cut)
		if found < queries/12 || cut < queries/40 {
			t.Error("the queries are not worth much")
		}
		r.readWithout(s, gone)
	})
}

// asksAboutConsents tells whether a query goes over every type, of which the
// twin knows no Consent.
func asksAboutConsents(q query) bool { return len(q.types) == 0 }

// readWithout reads every resource there is, its history and the whole of a
// scan.
func (r *rig) readWithout(s *record.Session, gone map[string]optout.Kind) {
	r.t.Helper()
	left := map[string]bool{}
	for id, k := range gone {
		left[id] = k != 0
	}
	w := r.w.without(left)
	if len(w) == len(r.w) {
		r.t.Error("nobody is left out")
	}
	for key := range r.w {
		typ, id, _ := strings.Cut(key, "/")
		_, err := s.Read(ctx, record.Key{Type: typ, ID: id}, 0)
		if w[key] == nil && !sameAsAbsent(err, key) || w[key] != nil && err != nil {
			r.t.Errorf("%s (held by the twin: %v) is read with %v", key, w[key] != nil, err)
		}
		_, err = s.History(ctx, record.History{Type: typ, ID: id})
		if w[key] == nil && !sameAsAbsent(err, key) || w[key] != nil && err != nil {
			r.t.Errorf("the history of %s (held by the twin: %v) gives %v", key, w[key] != nil, err)
		}
	}
	got := map[string]bool{}
	if _, err := s.Scan(ctx, types, time.Time{}, nil, "", func(res record.Resource) error { got[res.Key.String()] = true; return nil }); err != nil {
		r.t.Fatal(err)
	}
	want := map[string]bool{}
	for key := range w {
		want[key] = true
	}
	if !maps.Equal(got, want) {
		r.t.Errorf("a scan gives %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	// The same for an operator who says that it is for a use beyond care; and
	// none of it for one who moves what there is.
	for _, all := range []bool{false, true} {
		op, err := r.door.Open(ctx, access.Operator("twin"), record.About{}, access.Export)
		if err != nil {
			r.t.Fatal(err)
		}
		if !all {
			op = op.BeyondCare().BeyondCare()
		}
		n := 0
		if _, err := op.Scan(ctx, types, time.Time{}, nil, "", func(record.Resource) error { n++; return nil }); err != nil {
			r.t.Fatal(err)
		}
		if all && n != len(r.w) || !all && n != len(w) {
			r.t.Errorf("an operator's export (whole: %v) gives %d of %d", all, n, len(r.w))
		}
	}
	if _, err := s.Transact(ctx, []record.Op{{Method: record.Put, Key: record.Key{Type: "Location", ID: "n0"}, Body: tree(r.t, `{"resourceType":"Location","id":"n0"}`)}}); !problem.Is(err, problem.Forbidden) {
		r.t.Errorf("a write gives %v", err)
	}
}
