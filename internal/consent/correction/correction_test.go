package correction

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

type noLog struct{}

func (noLog) Append(context.Context, ...audit.Entry) error { return nil }

// place is a store with requests on it.
type place struct {
	*Corrections
	t    *testing.T
	db   *db.DB
	door *record.Door
	op   *record.Session
	now  time.Time
	told []string
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, db: d, now: time.Date(2026, 1, 31, 14, 30, 0, 0, time.UTC)}
	if p.door, err = record.New(t.Context(), record.Config{DB: d, Log: noLog{}, Ring: ring}); err != nil {
		t.Fatal(err)
	}
	if p.op, err = p.door.Open(t.Context(), access.Operator("test"), record.About{}, access.Operations); err != nil {
		t.Fatal(err)
	}
	p.Corrections, err = Open(t.Context(), Config{DB: d,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Session, error) {
			return p.door.Open(ctx, who, record.About{Patient: patient}, why)
		},
		Tell: func(_ *db.Tx, account string) error { p.told = append(p.told, account); return nil },
		Now:  func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	p.put(`{"resourceType":"Patient","id":"ann"}`, `{"resourceType":"Patient","id":"bob"}`,
		`{"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/quay"},"period":{"start":"2026-01-01"},"subject":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Smokes"},"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Organization/quay"}],"valueBoolean":true}`,
		`{"resourceType":"Condition","id":"c1","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"text":"Gout"},"subject":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Observation","id":"bobs","status":"final","code":{"text":"Secret"},"subject":{"reference":"Patient/bob"}}`)
	return p
}

func (p *place) put(all ...string) {
	p.t.Helper()
	for _, src := range all {
		b, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			p.t.Fatal(err)
		}
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		if _, err := p.op.Transact(p.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}}); err != nil {
			p.t.Fatal(err)
		}
	}
}

func self(account, patient string) Self {
	return Self{Account: account, Patient: patient, Who: access.Who{Actor: "account:" + account, Kind: access.Person, Role: access.RoleSelf, Patient: patient, Bound: access.AllTypes(access.AllVerbs)}}
}

func nurse(org string) By {
	return By{Account: "n", Organisation: org, Practitioner: "Practitioner/n", Why: access.Care,
		Who: access.Who{Actor: "account:n", Kind: access.Person, Role: access.RoleProfessional, Organisation: org, Bound: access.AllTypes(access.AllVerbs)}}
}

func operator() By {
	return By{Account: "op", Operator: true, Why: access.Operations, Who: access.Operator("account:op")}
}

func (p *place) ask(k record.Key, words string) Request {
	p.t.Helper()
	r, err := p.Ask(p.t.Context(), self("a", "ann"), k, words)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *place) wants(err error, kind problem.Kind) {
	p.t.Helper()
	if !problem.Is(err, kind) {
		p.t.Errorf("%v, not %v", err, kind)
	}
}

var smokes = record.Key{Type: "Observation", ID: "o1"}

// A request is asked, seen by those who wrote the entry, and put right: the new
// version stands, the old one stays, and the reason lies beside it.
func TestAnEntryIsPutRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		r := p.ask(smokes, "I have never smoked.")
		if r.Org != "quay" || !r.Due.Equal(time.Date(2026, 3, 3, 14, 30, 0, 0, time.UTC)) || r.State != Asked {
			t.Errorf("%+v", r)
		}
		for _, who := range []By{nurse("quay"), operator()} {
			if all, err := p.Waiting(ctx, who); err != nil || len(all) != 1 || all[0].ID != r.ID {
				t.Errorf("%+v, %v", all, err)
			}
		}
		for _, who := range []By{nurse("elsewhere"), nurse("")} {
			if all, err := p.Waiting(ctx, who); err != nil || len(all) != 0 {
				t.Errorf("others see %+v, %v", all, err)
			}
			_, err := p.Look(ctx, who, r.ID)
			p.wants(err, problem.NotFound)
			p.wants(p.Refuse(ctx, who, r.ID, "no"), problem.NotFound)
			p.wants(p.Accept(ctx, who, r.ID, InError, 1, nil, "no"), problem.NotFound)
		}
		p.wants(p.See(ctx, nurse("elsewhere"), r.ID), problem.NotFound)
		for range 2 {
			if err := p.See(ctx, nurse("quay"), r.ID); err != nil {
				t.Fatal(err)
			}
		}
		c, err := p.Look(ctx, nurse("quay"), r.ID)
		if err != nil || c.Words != "I have never smoked." || c.State != Seen || c.Now.Version != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		right := bytes.Replace(c.Now.Body, []byte(`"valueBoolean":true`), []byte(`"valueBoolean":false`), 1)
		for _, bad := range []struct {
			how     How
			version int64
			body    string
			kind    problem.Kind
		}{
			{Amended, 1, "{", problem.Invalid}, {Amended, 1, string(c.Now.Body), problem.Invalid}, {Amended, 7, string(right), problem.Conflict},
			{Amended, 1, `{"resourceType":"Patient","id":"o1"}`, problem.Invalid}, {Amended, 1, `{"resourceType":"Observation","id":"other"}`, problem.Invalid},
			{Amended, 1, `{"resourceType":"Observation","id":"o1"}`, problem.Invalid}, {"", 1, string(right), problem.Invalid},
		} {
			p.wants(p.Accept(ctx, nurse("quay"), r.ID, bad.how, bad.version, []byte(bad.body), "why"), bad.kind)
		}
		p.wants(p.Accept(ctx, nurse("quay"), r.ID, Amended, 1, right, " "), problem.Invalid)
		moved := bytes.Replace(right, []byte("Patient/ann"), []byte("Patient/bob"), 1)
		p.wants(p.Accept(ctx, nurse("quay"), r.ID, Amended, 1, moved, "why"), problem.Forbidden)
		if err := p.Accept(ctx, nurse("quay"), r.ID, Amended, 1, right, "It was ticked by mistake."); err != nil {
			t.Fatal(err)
		}
		p.wants(p.Accept(ctx, nurse("quay"), r.ID, Amended, 2, right, "again"), problem.Conflict)
		p.wants(p.Refuse(ctx, operator(), r.ID, "again"), problem.Conflict)
		told, err := p.One(ctx, self("a", "ann"), r.ID)
		if err != nil || told.State != Accepted || told.How != Amended || told.Became != 2 || told.Reason != "It was ticked by mistake." || len(p.told) != 1 || p.told[0] != "a" {
			t.Errorf("%+v, %v, told %v", told, err, p.told)
		}
		now, err := p.op.Read(ctx, smokes, 0)
		if err != nil || now.Version != 2 || !strings.Contains(string(now.Body), `"valueBoolean":false`) {
			t.Errorf("%s, %v", now.Body, err)
		}
		was, err := p.op.Read(ctx, smokes, 1)
		if err != nil || !strings.Contains(string(was.Body), `"valueBoolean":true`) {
			t.Errorf("the old version: %s, %v", was.Body, err)
		}
		p.found("Provenance", 1, `"reference":"Observation/o1/_history/2"`, "It was ticked by mistake.", `"onBehalfOf":{"reference":"Organization/quay"}`)
	})
}

// found says that the person finds so many resources of a type, each with texts.
func (p *place) found(typ string, n int, texts ...string) {
	p.t.Helper()
	s, err := p.door.Open(p.t.Context(), self("a", "ann").Who, record.About{}, access.Own)
	if err != nil {
		p.t.Fatal(err)
	}
	q, err := search.Parse(s.Registry(), []string{typ}, nil, nil, search.Options{Strict: true})
	if err != nil {
		p.t.Fatal(err)
	}
	page, err := s.Search(p.t.Context(), q, "")
	if err != nil || len(page.Items) != n {
		p.t.Fatalf("%d of %s, %v", len(page.Items), typ, err)
	}
	for _, r := range page.Items {
		for _, text := range texts {
			if !strings.Contains(string(r.Body), text) {
				p.t.Errorf("%s lacks %s: %s", typ, text, r.Body)
			}
		}
	}
}

// An entry that was never true is marked, not deleted.
func TestAnEntryIsMarkedAsWrong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		for _, k := range []record.Key{smokes, {Type: "Condition", ID: "c1"}} {
			r := p.ask(k, "Not me.")
			if err := p.Accept(ctx, operator(), r.ID, InError, 1, nil, "It is about somebody else."); err != nil {
				t.Fatal(err)
			}
			now, err := p.op.Read(ctx, k, 0)
			if err != nil || now.Version != 2 || !strings.Contains(string(now.Body), `"entered-in-error"`) || strings.Contains(string(now.Body), "clinicalStatus") {
				t.Errorf("%s, %v", now.Body, err)
			}
		}
		// Once more about the same: there is nothing to write.
		r := p.ask(smokes, "Still not me.")
		if err := p.Accept(ctx, operator(), r.ID, InError, 2, nil, "It is marked already."); err != nil {
			t.Fatal(err)
		}
		if now, err := p.op.Read(ctx, smokes, 0); err != nil || now.Version != 2 {
			t.Errorf("version %d, %v", now.Version, err)
		}
		r = p.ask(record.Key{Type: "Patient", ID: "ann"}, "Wrong name.")
		p.wants(p.Accept(ctx, operator(), r.ID, InError, 1, nil, "x"), problem.Invalid)
	})
}

// A refusal has a reason; the person can say that they do not agree, once, and
// what they say lies beside the entry.
func TestAPersonDoesNotAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		r := p.ask(smokes, "I have never smoked.")
		p.wants(p.Disagree(ctx, self("a", "ann"), r.ID, "But I do not."), problem.Conflict)
		p.wants(p.Refuse(ctx, nurse("quay"), r.ID, ""), problem.Invalid)
		if err := p.Refuse(ctx, nurse("quay"), r.ID, "You told us so in 2019."); err != nil {
			t.Fatal(err)
		}
		p.wants(p.Disagree(ctx, self("a", "ann"), r.ID, strings.Repeat("x", maxWords+1)), problem.Invalid)
		if err := p.Disagree(ctx, self("a", "ann"), r.ID, "I never said that."); err != nil {
			t.Fatal(err)
		}
		p.wants(p.Disagree(ctx, self("a", "ann"), r.ID, "And again."), problem.Conflict)
		told, err := p.One(ctx, self("a", "ann"), r.ID)
		if err != nil || told.State != Refused || told.Reason != "You told us so in 2019." || told.Statement != "I never said that." {
			t.Errorf("%+v, %v", told, err)
		}
		p.found("Communication", 1, "I never said that.", `"about":[{"reference":"Observation/o1"}]`)
		p.found("Provenance", 0)
		if now, err := p.op.Read(ctx, smokes, 0); err != nil || now.Version != 1 {
			t.Errorf("version %d, %v", now.Version, err)
		}
	})
}

// Somebody asks about what they can see themselves, and sees what they asked
// themselves. What is hidden answers like what is not there.
func TestWhoSeesARequest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		said := map[string]bool{}
		for _, id := range []string{"bobs", "nothing"} {
			_, err := p.Ask(ctx, self("a", "ann"), record.Key{Type: "Observation", ID: id}, "Wrong.")
			p.wants(err, problem.NotFound)
			said[strings.ReplaceAll(problem.Sentence(err), id, "")] = true
		}
		if len(said) != 1 {
			t.Errorf("refusals differ: %v", said)
		}
		_, err := p.Ask(ctx, self("a", "ann"), smokes, "  ")
		p.wants(err, problem.Invalid)
		r := p.ask(smokes, "Wrong, zanzibar.")
		for _, other := range []Self{self("b", "bob"), self("b", "ann")} {
			_, err := p.One(ctx, other, r.ID)
			p.wants(err, problem.NotFound)
			p.wants(p.Withdraw(ctx, other, r.ID), problem.NotFound)
			if all, err := p.Mine(ctx, other); err != nil || len(all) != 0 {
				t.Errorf("others see %v, %v", all, err)
			}
		}
		_ = d.Query(ctx, "SELECT words FROM correction", nil, func(r *db.Row) error {
			if bytes.Contains(r.Bytes(0), []byte("zanzibar")) || len(r.Bytes(0)) == 0 {
				t.Error("the words are not sealed")
			}
			return nil
		})
		p.now = p.now.AddDate(0, 2, 0)
		if all, err := p.Mine(ctx, self("a", "ann")); err != nil || len(all) != 1 || !all[0].Late(p.now) {
			t.Errorf("%+v, %v", all, err)
		}
		if n, err := p.Late(ctx, p.now); err != nil || n != 1 {
			t.Errorf("%d are late, %v", n, err)
		}
		if err := p.Withdraw(ctx, self("a", "ann"), r.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := p.Late(ctx, p.now); err != nil || n != 0 {
			t.Errorf("%d are late, %v", n, err)
		}
		p.wants(p.Refuse(ctx, operator(), r.ID, "no"), problem.Conflict)
		for i := range maxOpen {
			p.ask(smokes, fmt.Sprint("number ", i))
		}
		_, err = p.Ask(ctx, self("a", "ann"), smokes, "one more")
		p.wants(err, problem.TooMany)
		if err := p.Erase(ctx, r.person); err != nil {
			t.Fatal(err)
		}
		if all, err := p.Mine(ctx, self("a", "ann")); err != nil || len(all) != 0 {
			t.Errorf("%d are left, %v", len(all), err)
		}
	})
}
