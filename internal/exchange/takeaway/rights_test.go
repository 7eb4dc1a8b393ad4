package takeaway

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// helper is somebody who acts for Ann, by a right that a test changes.
type helper struct {
	*place
	mu     sync.Mutex
	right  Right
	left   int // how often the right still holds
	person []string
}

const theRight = "m1"

// allowed is what a right gives that shows the types.
func allowed(types string) Right {
	return Right{Types: types, Who: access.Who{Actor: "account:h1", Kind: access.Person, Role: access.RoleProxy, Patient: "ann", Mandate: theRight,
		User: "RelatedPerson/r1", Bound: access.Acting(types, false, false)}}
}

func newHelper(t *testing.T, d *db.DB) *helper {
	h := &helper{right: allowed(access.AllActing()), left: 1 << 30}
	h.place = newPlace(t, d, func(c *Config) {
		c.ReadmeFor = "read me, helper"
		c.Right = func(_ context.Context, of Whose) (Right, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.left--; h.left < 0 || of.Account != "h1" || of.Mandate != theRight {
				return Right{}, problem.New(problem.NotFound, "There is no such right.")
			}
			return h.right, nil
		}
		c.Held = func(context.Context, Whose) (bool, error) { h.mu.Lock(); defer h.mu.Unlock(); return h.left > 0, nil }
		c.Owner = func(_ context.Context, patient string) (string, error) { return "owner of " + patient, nil }
		c.TellPerson = func(_ *db.Tx, account string) error { h.person = append(h.person, account); return nil }
	})
	h.family()
	h.put(saysNo("inactive"), `{"resourceType":"Flag","id":"f1","status":"active","code":{"text":"Staff only"},"subject":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Encounter","id":"e1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]},"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`)
	return h
}

// saysNo is the choice by which Ann shows nobody anything, in force or not.
func saysNo(status string) string {
	return `{"resourceType":"Consent","id":"c1","status":"` + status + `","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/ann"},"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTOUT"}]}}`
}

// asks asks for a copy by the right, and waits until its work has ended.
func (h *helper) asks() Copy {
	h.t.Helper()
	c, err := h.copies.AskFor(h.t.Context(), "h1", "ann", theRight)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.queue.Watch(h.t.Context(), c.job, func(jobs.Status) bool { return true }); err != nil {
		h.t.Fatal(err)
	}
	c, found, err := h.copies.OfRight(h.t.Context(), "h1", theRight)
	if err != nil || !found {
		h.t.Fatalf("there is no copy: %v", err)
	}
	return c
}

func (h *helper) fetches(account, mandate, id string) (map[string]string, error) {
	var b bytes.Buffer
	want := int64(-1)
	err := h.copies.GiveFor(h.t.Context(), account, mandate, id, func(n int64, _ time.Time) { want = n }, &b)
	if err != nil {
		if b.Len() > 0 {
			h.t.Errorf("%d bytes came with %v", b.Len(), err)
		}
		return nil, err
	}
	if want != int64(b.Len()) {
		h.t.Errorf("%d bytes were promised and %d came", want, b.Len())
	}
	return unzip(h.t, b.Bytes()), nil
}

// wantFiles checks what the files of a copy hold, all of them together, and what
// none of them does.
func wantFiles(t *testing.T, files map[string]string, has, not []string) {
	t.Helper()
	all := strings.Builder{}
	for name, text := range files {
		all.WriteString(name + "\n" + text)
	}
	for _, want := range has {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the copy lacks %q", want)
		}
	}
	for _, bad := range not {
		if strings.Contains(all.String(), bad) {
			t.Errorf("the copy holds %q", bad)
		}
	}
}

// Who acts for somebody takes along what they see: no sensitive visit, nothing
// that staff note, no choices, nothing of what lies beside the record. The
// person is told, and the log names the right.
func TestACopyByARight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		h.log.all = nil
		c := h.asks()
		if c.Wrong != "" || c.Ready.IsZero() || len(h.told) != 1 || h.told[0] != "h1" || len(h.person) != 1 || h.person[0] != "owner of ann" {
			t.Fatalf("%+v, told %v and %v", c, h.told, h.person)
		}
		if len(h.log.all) == 0 {
			t.Error("nothing is logged")
		}
		for _, e := range h.log.all {
			if e.Who.Actor != "takeaway for account:h1" || e.Who.Role != access.RoleProxy || e.Who.Mandate != theRight || e.Purpose != access.Export || e.Rule != "proxy-export" {
				t.Errorf("the log says %+v", e)
			}
		}
		files, err := h.fetches("h1", theRight, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{`"id":"ann"`, "1.50", "Quay Surgery", "read me, helper", "%PDF-1"},
			[]string{`"id":"c1"`, "fhir/Consent", "Staff only", `"id":"e1"`, "other/", "Diary", "Secret of Bob", `"id":"both"`, "Somewhere Else"})
	})
}

// A copy by a right is bound to the account and to the right, and is no own one.
func TestWhoGetsACopyByARight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		c := h.asks()
		for _, other := range [][3]string{{"h2", theRight, c.ID}, {"h1", "m2", c.ID}, {"h1", "", c.ID}, {"h1", theRight, "x"}} {
			if _, err := h.fetches(other[0], other[1], other[2]); !problem.Is(err, problem.NotFound) || problem.ReasonOf(err) != "takeaway-gone" {
				t.Errorf("%v: %v", other, err)
			}
		}
		if _, err := h.give("h1", c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("as if it were their own: %v", err)
		}
		if _, found, err := h.copies.Of(t.Context(), "h1"); err != nil || found {
			t.Errorf("it is listed as their own: %v", err)
		}
		own := h.ask("h1", "ann") // an own copy does not take its place
		if _, err := h.fetches("h1", theRight, own.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("an own copy by a right: %v", err)
		}
		if _, err := h.fetches("h1", theRight, c.ID); err != nil {
			t.Error(err)
		}
		if _, err := h.copies.AskFor(t.Context(), "h2", "ann", theRight); !problem.Is(err, problem.NotFound) {
			t.Errorf("without the right: %v", err)
		}
		if _, err := h.copies.AskFor(t.Context(), "h1", "bob", theRight); !problem.Is(err, problem.NotFound) {
			t.Errorf("of somebody else: %v", err)
		}
	})
}

// A copy that is ready holds what its holder sees when they fetch it. Whether
// something was hidden, taken away, or came, is told by nothing around it.
func TestACopyByARightIsOfNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		c := h.asks()
		h.put(`{"resourceType":"Observation","id":"o1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SEX"}]},"status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/ann"},"valueQuantity":{"value":1.50,"unit":"kg"}}`)
		files, err := h.fetches("h1", theRight, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{`"id":"o2"`}, []string{`"id":"o1"`, "Weight", "Quay Surgery"})
		h.mu.Lock()
		h.right = allowed("Patient Immunization")
		h.mu.Unlock()
		if files, err = h.fetches("h1", theRight, c.ID); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{`"id":"ann"`}, []string{`"id":"o2"`, "Observation", "%PDF-1"})
		h.put(saysNo("active"))
		if files, err = h.fetches("h1", theRight, c.ID); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{"read me, helper"}, []string{`"id":"ann"`, "Patient.ndjson"})
		after, found, err := h.copies.OfRight(t.Context(), "h1", theRight)
		if err != nil || !found || after.ID != c.ID || !after.Ends.Equal(c.Ends) || after.Served != 3 {
			t.Errorf("%+v, %v, %v", after, found, err)
		}
		left := int64(0)
		_ = d.Query(t.Context(), "SELECT count(*) FROM takeaway_part WHERE kind <> (SELECT file FROM takeaway)", nil, func(r *db.Row) error { left = r.Int64(0); return nil })
		if left != 0 {
			t.Errorf("%d pieces of former files are left", left)
		}
	})
}

// A right that ends takes its copy with it: at each moment of handing it out, and
// by the sweep for good, also where it would come back.
func TestACopyEndsWithItsRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		c := h.asks()
		for left := range 4 {
			h.mu.Lock()
			h.left = left
			h.mu.Unlock()
			if _, err := h.fetches("h1", theRight, c.ID); !problem.Is(err, problem.NotFound) || problem.ReasonOf(err) != "takeaway-gone" {
				t.Errorf("%d: %v", left, err)
			}
		}
		h.mu.Lock()
		h.left = 0
		h.mu.Unlock()
		if err := h.copies.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := int64(-1)
		_ = d.Query(t.Context(), "SELECT count(*) FROM takeaway_part", nil, func(r *db.Row) error { n = r.Int64(0); return nil })
		if n != 0 {
			t.Errorf("%d pieces are left", n)
		}
		h.mu.Lock()
		h.left = 1 << 30
		h.mu.Unlock()
		if _, err := h.fetches("h1", theRight, c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("it came back: %v", err)
		}
	})
}

// A right that gets less while a copy is made makes one of what is left, and one
// that ends leaves nothing.
func TestARightThatChangesWhileACopyIsMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHelper(t, d)
		asked := 0
		right := h.copies.cfg.Right
		h.copies.cfg.Right = func(ctx context.Context, of Whose) (Right, error) {
			h.mu.Lock()
			if asked++; asked == 3 { // the copy was begun with more
				h.right = allowed("Patient Immunization")
			}
			h.mu.Unlock()
			return right(ctx, of)
		}
		c := h.asks()
		files, err := h.fetches("h1", theRight, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantFiles(t, files, []string{`"id":"ann"`}, []string{"Observation", "%PDF-1"})
		h.mu.Lock()
		h.left = 2
		h.mu.Unlock()
		gone, err := h.copies.AskFor(t.Context(), "h1", "ann", theRight)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.queue.Watch(t.Context(), gone.job, func(jobs.Status) bool { return true }); err != nil {
			t.Fatal(err)
		}
		n := int64(-1)
		_ = d.Query(t.Context(), "SELECT count(*) FROM takeaway_part", nil, func(r *db.Row) error { n = r.Int64(0); return nil })
		if n != 0 {
			t.Errorf("%d pieces are left", n)
		}
	})
}
