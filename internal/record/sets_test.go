package record

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// valueSet is a ValueSet with an include.
func valueSet(id, url, version, include string) string {
	return `{"resourceType":"ValueSet","id":"` + id + `","url":"` + url + `","version":"` + version + `","title":"Quiet things","status":"active","compose":{"include":[` + include + `]}}`
}

// inSet is the codes of a provision that names a value set.
func inSet(canonical string) string {
	return `"code":[{"extension":[{"url":"` + choice.SetExtension + `","valueCanonical":"` + canonical + `"}]}]`
}

// quiet is some of a value set's own codes, by which coded makes an Observation.
const quiet = `{"system":"urn:c","concept":[{"code":"hush"},{"code":"still"}]}`

func coded(id, code string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"coding":[{"system":"urn:c","code":"` + code + `"}]},"subject":{"reference":"Patient/sam"}}`
}

// noToSet is Sam's no to the hospital about what is in a value set.
func noToSet(id, canonical string) string {
	return sharing(id, "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`,`+inSet(canonical)+`}`)
}

// A choice by value set holds for what is in the set when it is made: at every
// node, after a new start and a new index, whatever becomes of the set.
func TestAChoiceByValueSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		nodes := newNodes(t, d)
		door := nodes()
		op := opened(t, door, access.Operator("test"), access.Operations)
		hospital(t, op)
		for _, code := range []string{"hush", "loud", "late"} {
			put(t, op, coded(code, code))
		}
		put(t, op, valueSet("vs", "urn:vs", "1", quiet))
		put(t, op, noToSet("c1", "urn:vs|1"))
		wants := func(want ...string) {
			t.Helper()
			for _, at := range []*Door{door, nodes()} {
				wantIDs(t, opened(t, at, nurse("sam"), access.Care), "Observation", "code=urn:c|&_total=accurate", want...)
			}
		}
		wants("loud", "late")
		seen, err := op.MaySee(ctx, Key{"Observation", "hush"}, nurse("sam"), access.Care)
		if err != nil || seen.May || seen.Layer != "choice" || !strings.Contains(seen.Reason, "Quiet things, version 1") || len(seen.Steps) != 1 || len(seen.Steps[0].Sets) != 1 {
			t.Errorf("%+v, %v", seen, err)
		}
		put(t, op, coded("still", "still")) // of what comes later it holds too
		wants("loud", "late")

		put(t, op, valueSet("vs", "urn:vs", "1", `{"system":"urn:c","concept":[{"code":"late"}]}`))
		wants("loud", "late")
		put(t, op, `{"resourceType":"Patient","id":"sam","active":true,"generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		put(t, op, coded("still", "hush"))
		wants("loud", "late")
		if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"ValueSet", "vs"}}}); err != nil {
			t.Fatal(err)
		}
		wants("loud", "late")
		put(t, op, strings.Replace(noToSet("c1", "urn:vs|1"), `"2026-01-01"`, `"2026-01-02"`, 1))
		wants("loud", "late") // written anew it keeps what can not be had any more
		if d.Dialect() == db.SQLite {
			if err := op.Reindex(ctx, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
			wants("loud", "late")
		}
		put(t, op, valueSet("vs", "urn:vs", "1", `{"system":"urn:c","concept":[{"code":"late"}]}`))
		put(t, op, noToSet("c1", "urn:vs|1"))
		wants("hush", "loud", "still") // and takes what can
		put(t, op, strings.Replace(noToSet("c1", "urn:vs|1"), `"active"`, `"inactive"`, 1))
		wants("hush", "late", "loud", "still")
	})
}

// newNodes makes further nodes over one store.
func newNodes(t *testing.T, d *db.DB) func() *Door {
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	var log *audit.Log
	return func() *Door {
		if log == nil {
			if log, err = audit.Open(ctx, d); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = log.Close() })
		}
		door, err := New(ctx, Config{DB: d, Log: log, Ring: ring, Base: "http://127.0.0.1/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		return door
	}
}

// Whole systems, sets inside of sets and what is left out of them hold as they
// are written.
func TestWhatAValueSetIsMadeOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		for _, code := range []string{"hush", "loud", "late"} {
			put(t, op, coded(code, code))
		}
		put(t, op, valueSet("inner", "urn:inner", "1", `{"system":"urn:c","concept":[{"code":"loud"}]}`))
		put(t, op, strings.Replace(valueSet("vs", "urn:vs", "1", `{"system":"urn:c"}`), `]}}`, `],"exclude":[{"valueSet":["urn:inner"]}]}}`, 1))
		put(t, op, noToSet("c1", "urn:vs"))
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "code=urn:c|&_total=accurate", "loud")
		put(t, op, coded("new", "whatever"))
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "code=urn:c|&_total=accurate", "loud")
	})
}

// A choice by a set of which it can not be said what is in it is refused, with
// the place; nothing of it holds and nothing is kept.
func TestChoicesByValueSetsThatCanNotBeUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, valueSet("a", "urn:twice", "1", quiet))
		put(t, op, valueSet("b", "urn:twice", "2", quiet))
		put(t, op, valueSet("filter", "urn:filter", "1", `{"system":"urn:c","filter":[{"property":"p","op":"is-a","value":"v"}]}`))
		put(t, op, strings.Replace(valueSet("mine", "urn:mine", "1", quiet), `"status"`, `"useContext":[{"code":{"code":"x"},"valueReference":{"reference":"Patient/sam"}}],"status"`, 1))
		refused := func(text string) {
			t.Helper()
			b := tree(t, text)
			_, err := op.Transact(ctx, []Op{{Method: Put, Key: Key{"Consent", "c1"}, Body: b}})
			wantKind(t, err, problem.Unprocessable)
			if is := problem.IssuesOf(err); len(is) != 1 || is[0].Place != "Consent.provision.code[0].extension[0].valueCanonical" {
				t.Errorf("%s: %v", text, is)
			}
		}
		for _, canonical := range []string{"urn:gone", "urn:twice", "urn:twice|3", "urn:filter", "ValueSet/a", "urn:twice|1#part"} {
			refused(noToSet("c1", canonical))
		}
		put(t, op, noToSet("c1", "urn:twice|2"))
		refused(noToSet("c1", "urn:gone")) // what stood before stands
		put(t, op, coded("hush", "hush"))
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "code=hush&_total=accurate")

		// A set that comes in the same transaction is there.
		set, no := tree(t, valueSet("new", "urn:new", "1", quiet)), tree(t, noToSet("c2", "urn:new"))
		if _, err := op.Transact(ctx, []Op{{Method: Put, Key: Key{"Consent", "c2"}, Body: no}, {Method: Put, Key: Key{"ValueSet", "new"}, Body: set}}); err != nil {
			t.Error(err)
		}
		n := 0
		if err := d.Query(ctx, "SELECT count(*) FROM choice_set", nil, func(r *db.Row) error { n = int(r.Int64(0)); return nil }); err != nil || n != 2 {
			t.Errorf("%d kept, %v", n, err)
		}
	})
}

// Attack 56 for value sets: whoever writes one gains nothing. A program that was
// let in can not say what is in the no that is said to it, before or after.
func TestAttack56NobodyGainsByWritingValueSets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, coded("hush", "hush"))
		lab := program(t, door, "system/*.cruds", access.Operations)
		harmless := valueSet("vs", "urn:vs", "1", `{"system":"urn:c","concept":[{"code":"nothing"}]}`)
		no := strings.Replace(noToSet("c1", "urn:vs"), toward("Organization/org-7")+",", "", 1) // to everybody
		put(t, lab, harmless)
		_, err := op.Transact(ctx, []Op{{Method: Put, Key: Key{"Consent", "c1"}, Body: tree(t, no)}})
		wantKind(t, err, problem.Unprocessable)

		put(t, op, valueSet("vs", "urn:vs", "1", quiet))
		put(t, op, no)
		hidden := func() {
			t.Helper()
			for _, who := range []*Session{program(t, door, "system/*.cruds", access.Operations), opened(t, door, nurse("sam"), access.Care)} {
				wantIDs(t, who, "Observation", "code=hush&_total=accurate")
			}
		}
		hidden()
		put(t, lab, harmless)
		hidden()
		put(t, op, strings.Replace(no, `"2026-01-01"`, `"2026-01-02"`, 1)) // what the program wrote is not taken
		hidden()
		if _, err := lab.Transact(ctx, []Op{{Method: Delete, Key: Key{"ValueSet", "vs"}}}); err != nil {
			t.Fatal(err)
		}
		hidden()
		inner := valueSet("inner", "urn:inner", "1", quiet)
		put(t, lab, inner) // nor as a part of one that counts
		put(t, op, valueSet("outer", "urn:outer", "1", `{"valueSet":["urn:inner"]}`))
		_, err = op.Transact(ctx, []Op{{Method: Put, Key: Key{"Consent", "c2"}, Body: tree(t, noToSet("c2", "urn:outer"))}})
		wantKind(t, err, problem.Unprocessable)
	})
}

// What a choice by value set would hide is said before it is made, and is what
// it then hides.
func TestAPreviewKnowsValueSets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, coded("hush", "hush"))
		put(t, op, valueSet("vs", "urn:vs", "1", quiet))
		me := opened(t, door, alone("sam"), access.Own)
		there := nurse("sam")
		there.App, there.Grant = "", ""
		no := Choosing{Add: []*fhir.Tree{draftOf(t, "sam", `{"type":"deny",`+toward("Organization/org-7")+`,`+inSet("urn:vs")+`}`)}}
		p, err := me.Preview(ctx, no, []Viewer{{there, access.Care}})
		if err != nil || p.Effects[0].Lost["Observation"] != 1 || len(p.Effects[0].Lost) != 1 || len(p.Effects[0].LostEntries) != 1 || p.Effects[0].LostEntries[0].ID != "hush" {
			t.Fatalf("%+v, %v", p, err)
		}
		gone := Choosing{Add: []*fhir.Tree{draftOf(t, "sam", `{"type":"deny",`+inSet("urn:gone")+`}`)}}
		_, err = me.Preview(ctx, gone, []Viewer{{there, access.Care}})
		wantKind(t, err, problem.Unprocessable)
		_, err = me.Decide(ctx, gone, "")
		wantKind(t, err, problem.Unprocessable)
		if _, err := me.Decide(ctx, no, ""); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, opened(t, door, there, access.Care), "Observation", "code=hush&_total=accurate")
	})
}
