package mandate

import (
	"slices"
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

// Attack 72: a parent who signed in before the child's birthday has less from
// local midnight on, in a session that was opened before as well as in the next.
func TestAttack72ASessionNarrowsAtLocalMidnight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Sam", "2089-05-04")
		_, err := s.parent(ann, "Sam")
		s.ok(err)
		s.ok(ann.acts("sam"))
		midnight := time.Date(2100, 5, 4, 0, 0, 0, 0, s.Zone) // 23:00 UTC of the day before
		r, ok, err := s.Acting(t.Context(), ann.Session)
		s.ok(err)
		if !ok || !r.Until.Equal(midnight) || r.Until.UTC().Day() != 3 {
			t.Errorf("the right is %+v until %v", r, r.Until)
		}
		// The door refuses from then on whoever kept what they were given.
		if who := r.Who("account:"+ann.Account, access.AllTypes(access.AllVerbs)); who.Until != midnight.UnixMilli() {
			t.Errorf("the door is told %d", who.Until)
		}
		for _, c := range []struct {
			at   time.Time
			sees bool
		}{{midnight.Add(-time.Second), true}, {midnight, false}, {midnight.Add(time.Hour), false}} {
			s.clock.set(c.at)
			if got, err := ann.sees("sam", "Observation", "sam-result"); got != c.sees || err != nil {
				t.Errorf("at %v it is seen: %v, %v", c.at, got, err)
			}
			if got, err := ann.sees("sam", "Immunization", "sam-vaccine"); !got || err != nil {
				t.Errorf("at %v the vaccination is seen: %v, %v", c.at, got, err)
			}
		}
	})
}

// Attack 73: a child's confidential appointment is shown to a parent by no way of
// asking: not read, found, counted, sorted, included, nor by its history or what
// points to it.
func TestAttack73AConfidentialAppointment(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Sam", "2094-05-04")
		s.write(`{"resourceType":"Appointment","id":"sam-open","status":"booked","start":"2100-06-01T10:00:00Z","participant":[{"actor":{"reference":"Patient/sam"},"status":"accepted"}]}`,
			`{"resourceType":"Appointment","id":"sam-own","meta":{"security":[{"system":"`+actCodeSystem+`","code":"ADOL"}]},"status":"booked","start":"2100-06-02T10:00:00Z","slot":[{"reference":"Slot/s"}],"participant":[{"actor":{"reference":"Patient/sam"},"status":"accepted"}]}`,
			`{"resourceType":"Slot","id":"s","schedule":{"reference":"Schedule/x"},"status":"busy","start":"2100-06-02T10:00:00Z","end":"2100-06-02T10:10:00Z"}`)
		_, err := s.parent(ann, "Sam")
		s.ok(err)
		s.ok(ann.acts("sam"))
		d, err := ann.opens("sam")
		s.ok(err)
		if _, err := d.Read(t.Context(), record.Key{Type: "Appointment", ID: "sam-own"}, 0); !problem.Is(err, problem.NotFound) {
			t.Errorf("it is read: %v", err)
		}
		for _, pairs := range [][]search.Pair{
			nil, {{Name: "_summary", Value: "count"}}, {{Name: "date", Value: "2100-06-02"}}, {{Name: "_id", Value: "sam-own,sam-open"}}, {{Name: "_sort", Value: "-date"}, {Name: "_total", Value: "accurate"}},
			{{Name: "actor", Value: "Patient/sam"}}, {{Name: "status", Value: "booked"}, {Name: "_include", Value: "Appointment:actor"}},
		} {
			q, err := search.Parse(d.Registry(), []string{"Appointment"}, nil, pairs, search.Options{Strict: true})
			s.ok(err)
			page, err := d.Search(t.Context(), q, "")
			s.ok(err)
			for _, r := range page.Items {
				if r.ID == "sam-own" {
					t.Errorf("%v finds it", pairs)
				}
			}
			if page.Total != nil && *page.Total > 1 {
				t.Errorf("%v counts %d", pairs, *page.Total)
			}
		}
		for _, typ := range []string{"Slot", "Schedule", "Task", "Claim", "ChargeItem", "Invoice"} { // what gives it away by the time or the bill
			q, err := search.Parse(d.Registry(), []string{typ}, nil, nil, search.Options{Strict: true})
			s.ok(err)
			if _, err := d.Search(t.Context(), q, ""); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s is searched: %v", typ, err)
			}
		}
		s.mail()
		if k := s.mail(); len(k) != 0 {
			t.Errorf("they are told %v", k)
		}
	})
}

// Attack 74: a mandate that is suspended, ended, paused, or was never there is
// answered in the same words after the same statements.
func TestAttack74SuspensionLooksLikeAbsence(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, cat := s.join("Ann"), s.join("Cat")
		ids := map[string]string{"never there": newID()}
		for i, name := range []string{"stopped", "looked at", "ended", "unwritten"} {
			s.patient("C"+name[:3], "2096-05-04")
			d, err := s.GiveAsStaff(t.Context(), practice, Grant{Patient: low("C" + name[:3]), Record: ann.id, Kind: KindParent, Name: "Ann", Basis: Parent, May: Look, Evidence: []string{"BRTH"}})
			s.ok(err)
			ids[name] = d.ID
			switch i {
			case 0:
				s.ok(s.Suspend(t.Context(), practice, d.ID, true, "a worry"))
			case 1:
				s.ok(s.Suspend(t.Context(), practice, d.ID, false, "to be looked at"))
			case 2:
				s.ok(s.EndAsStaff(t.Context(), practice, d.ID, Changed, "no parent"))
			case 3:
				s.ok(s.DB.Write(t.Context(), func(t *db.Tx) error {
					_, err := t.Exec("UPDATE mandate SET published = 0 WHERE id = $1", d.ID)
					return err
				}))
			}
		}
		s.patient("Theirs", "2096-05-04")
		d, err := s.parent(cat, "Theirs")
		s.ok(err)
		ids["somebody else's"] = d.ID
		var first []string
		for name, id := range ids {
			var asked []string
			s.trace = func(sql string) { asked = append(asked, sql) }
			_, err := s.Act(t.Context(), ann.Session, id)
			_, herr := s.Holds(t.Context(), ann.Session, id)
			lerr := s.Leave(t.Context(), ann.Session, id)
			eerr := s.EndMine(t.Context(), ann.Session, id)
			s.trace = nil
			for _, err := range []error{err, herr, lerr, eerr} {
				if problem.ReasonOf(err) != "no-mandate" || problem.Sentence(err) != problem.Sentence(noMandate()) || problem.KindOf(err) != problem.NotFound {
					t.Errorf("%s is answered with %v", name, err)
				}
			}
			if first == nil {
				first = asked
			} else if !slices.Equal(asked, first) {
				t.Errorf("%s asks %q, and others %q", name, asked, first)
			}
		}
		if all, err := s.Rights(t.Context(), ann.Session); err != nil || len(all) != 0 {
			t.Errorf("the list shows %+v, %v", all, err)
		}
	})
}

// Attack 75: whoever acts for somebody gives nobody a right to: not here, and
// not by writing what rights are made of into the record.
func TestAttack75AProxyGrantsNothingOnward(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.join("Ann"), s.join("Bob")
		s.patient("Sam", "2096-05-04")
		d, err := s.parent(ann, "Sam")
		s.ok(err)
		s.ok(ann.acts("sam"))
		o, code, err := s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err) // for Ann's own record: that is whom a session is of, whomever it acts for
		g, err := s.Accept(t.Context(), bob.fresh(), code)
		s.ok(err)
		if g.Patient != "ann" {
			t.Errorf("%s gives a right to %s", o.ID, g.Patient)
		}
		session, err := ann.opens("sam")
		s.ok(err)
		sam := `{"reference":"Patient/sam"}`
		for _, body := range []string{
			`{"resourceType":"Consent","status":"active","scope":{"text":"x"},"category":[{"text":"x"}],"patient":` + sam + `,"policyRule":{"text":"x"}}`,
			`{"resourceType":"RelatedPerson","patient":` + sam + `}`, `{"resourceType":"CareTeam","subject":` + sam + `}`,
			`{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":` + sam + `}]}`, `{"resourceType":"Person","link":[{"target":` + sam + `}]}`,
			`{"resourceType":"EpisodeOfCare","status":"active","patient":` + sam + `}`,
		} {
			b, err := fhir.Parse([]byte(body), fhir.Limits{})
			s.ok(err)
			if _, err := session.Transact(t.Context(), []record.Op{{Method: record.Post, Key: record.Key{Type: b.Root().Get("resourceType").Str()}, Body: b}}); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", body, err)
			}
		}
		for _, typ := range []string{"Consent", "RelatedPerson"} {
			if _, err := session.Read(t.Context(), record.Key{Type: typ, ID: d.ID}, 0); err == nil {
				t.Errorf("the %s is read", typ)
			}
		}
		if all, err := s.About(t.Context(), "sam"); err != nil || len(all) != 1 {
			t.Errorf("Sam has %+v, %v", all, err)
		}
	})
}

// Attack 76: of two guardians neither can take the other's right, see it, or
// see what the other did.
func TestAttack76TwoGuardiansDoNotLockEachOtherOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.join("Ann"), s.join("Bob")
		s.patient("Sam", "2096-05-04")
		a, err := s.parent(ann, "Sam")
		s.ok(err)
		b, err := s.parent(bob, "Sam")
		s.ok(err)
		s.ok(ann.acts("sam"))
		s.ok(bob.acts("sam"))
		for what, err := range map[string]error{"end": s.EndMine(t.Context(), ann.Session, b.ID), "leave": s.Leave(t.Context(), ann.Session, b.ID), "withdraw": s.Withdraw(t.Context(), ann.Session, b.ID)} {
			if what != "withdraw" && problem.ReasonOf(err) != "no-mandate" {
				t.Errorf("%s: %v", what, err)
			}
		}
		s.ok(s.Pause(t.Context(), ann.Session, true)) // of her own record, whomever she acts for
		if since, err := s.Paused(t.Context(), "sam"); err != nil || !since.IsZero() {
			t.Errorf("Sam is paused since %v, %v", since, err)
		}
		for _, p := range []*person{ann, bob} {
			if ok, err := p.sees("sam", "Observation", "sam-result"); !ok || err != nil {
				t.Errorf("%s sees it no more: %v", p.name, err)
			}
			d, err := p.opens("sam")
			s.ok(err)
			for _, k := range []record.Key{{Type: "Consent", ID: a.ID}, {Type: "Consent", ID: b.ID}, {Type: "RelatedPerson", ID: a.Relation.ID}, {Type: "RelatedPerson", ID: b.Relation.ID}} {
				if _, err := d.Read(t.Context(), k, 0); err == nil {
					t.Errorf("%s reads %s", p.name, k)
				}
			}
		}
		looks := slices.Clone(s.log)
		var viewer access.Who // Ann, as the door knows her
		for _, e := range looks {
			if e.Who.Actor == "account:"+ann.Account && e.Who.Role == access.RoleProxy {
				viewer = e.Who
			}
		}
		if viewer.For == 0 {
			t.Fatal("Ann's looks are not in the log")
		}
		if !slices.ContainsFunc(looks, func(e audit.Entry) bool { return e.Who.Actor == "account:"+bob.Account }) {
			t.Fatal("Bob's looks are not in the log")
		}
		for _, e := range looks {
			if e.Who.Role == access.RoleProxy && e.Who.Actor == "account:"+bob.Account && MaySeeLook(viewer, e, func(audit.Ref) bool { return true }) {
				t.Errorf("Ann may see %+v", e)
			}
		}
	})
}

// Attack 77: whoever acts for a child does not see in the log what the child did
// themself, nor looks at what is hidden from them.
func TestAttack77AProxyDoesNotSeeTheChildsOwnLooks(t *testing.T) {
	mine := access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleProxy, For: 7, Mandate: "m"}
	child := access.Who{Actor: "account:sam", Kind: access.Person, Role: access.RoleSelf, For: 7}
	app := child
	app.App = "diary"
	other := mine
	other.Actor = "account:bob"
	nurse := access.Who{Actor: "account:nurse", Kind: access.Person, Role: access.RoleProfessional, Organisation: "o"}
	job := access.Job("mandate", access.Operator("account:sam"))
	shown := audit.Ref{Type: "Immunization", ID: "shown", Version: 1}
	hidden := audit.Ref{Type: "Encounter", ID: "hidden", Version: 1}
	sees := func(r audit.Ref) bool { return r.ID == "shown" }
	for _, c := range []struct {
		name string
		e    audit.Entry
		may  bool
	}{
		{"their own look", audit.Entry{Who: mine, Person: 7, Returned: []audit.Ref{shown}}, true},
		{"their own look, at what is hidden since", audit.Entry{Who: mine, Person: 7, Returned: []audit.Ref{hidden}}, true},
		{"the child's look", audit.Entry{Who: child, Person: 7, Returned: []audit.Ref{shown}}, false},
		{"the child's app", audit.Entry{Who: app, Person: 7, Returned: []audit.Ref{shown}}, false},
		{"what was done for the child's account", audit.Entry{Who: job, Person: 7}, false},
		{"another guardian", audit.Entry{Who: other, Person: 7, Returned: []audit.Ref{shown}}, false},
		{"a nurse, at what they see too", audit.Entry{Who: nurse, Person: 7, Returned: []audit.Ref{shown}}, true},
		{"a nurse, at what is hidden", audit.Entry{Who: nurse, Person: 7, Returned: []audit.Ref{hidden}}, false},
		{"a nurse, at some of each", audit.Entry{Who: nurse, Person: 7, Returned: []audit.Ref{shown, hidden}}, false},
		{"a nurse who found nothing", audit.Entry{Who: nurse, Person: 7}, false},
		{"somebody else's record", audit.Entry{Who: nurse, Person: 8, Returned: []audit.Ref{shown}}, false},
		{"their own look at another child", audit.Entry{Who: mine, Person: 8, Returned: []audit.Ref{shown}}, false},
	} {
		if got := MaySeeLook(mine, c.e, sees); got != c.may {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if MaySeeLook(child, audit.Entry{Who: mine, Person: 7}, sees) || MaySeeLook(access.Who{}, audit.Entry{}, sees) {
		t.Error("who acts for nobody is told as if they did")
	}
}

// Attack 56: nobody gets a right by writing a Consent that looks like one: what
// counts are the rows of this room, and only it writes them.
func TestAttack56AConsentIsNoMandate(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		bob := s.join("Bob")
		s.patient("Sam", "2096-05-04")
		real, err := s.parent(s.join("Ann"), "Sam")
		s.ok(err)
		r := real
		r.ID, r.Relation.ID, r.Relation.Name, r.Relation.Record = newID(), newID(), "Bob", "bob"
		s.ok(s.put(t.Context(), r, practice))
		r.ID = real.ID // and over the real one
		s.ok(s.put(t.Context(), r, practice))
		if all, err := s.Rights(t.Context(), bob.Session); err != nil || len(all) != 0 {
			t.Errorf("Bob has %+v, %v", all, err)
		}
		for _, id := range []string{r.ID, real.ID} {
			_, err := s.Act(t.Context(), bob.Session, id)
			s.fails(err, "no-mandate")
		}
	})
}

// What is changed on one node is felt on the other with the next request.
func TestEndsOnEveryNodeAtOnce(t *testing.T) {
	dir, url := t.TempDir(), dbtest.Schema(t)
	ring, err := seal.Create(dir + "/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	clock := &hand{at: start}
	var nodes [2]*site
	for i := range nodes {
		d, err := db.Open(t.Context(), db.Config{URL: url, Readers: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		nodes[i] = node(t, d, ring, clock)
	}
	here, there := nodes[0], nodes[1]
	ann, bob := here.join("Ann"), here.join("Bob")
	_, code, err := here.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
	here.ok(err)
	d, err := here.Accept(t.Context(), bob.fresh(), code)
	here.ok(err)
	here.ok(bob.acts("ann"))
	if _, ok, err := there.Acting(t.Context(), bob.Session); !ok || err != nil {
		t.Errorf("the other node does not know it: %v", err)
	}
	here.ok(here.EndMine(t.Context(), ann.Session, d.ID))
	if r, ok, err := there.Acting(t.Context(), bob.Session); ok || err != nil {
		t.Errorf("the other node gives %+v, %v", r, err)
	}
}

// Where the access log can not be written nothing is given, and what was taken
// away stays so.
func TestWithoutALogNothingIsGiven(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Sam", "2096-05-04")
		s.away = true
		if _, err := s.parent(ann, "Sam"); err == nil {
			t.Error("a right is given that nobody can see")
		}
		s.away = false
		d, err := s.parent(ann, "Sam")
		s.ok(err)
		s.ok(ann.acts("sam"))
		s.away = true
		s.ok(s.Suspend(t.Context(), practice, d.ID, true, "a worry"))
		if _, ok, err := s.Acting(t.Context(), ann.Session); ok || err != nil {
			t.Errorf("they act still: %v", err)
		}
		s.away = false
		s.clock.set(s.clock.now().Add(time.Minute))
		s.ok(s.Sweep(t.Context()))
		if !s.stored("Consent", d.ID).Get("status").Is("inactive") {
			t.Error("the record does not say so")
		}
	})
}

// Names, reasons and birth dates lie in the tables sealed.
func TestNothingThatNamesSomebodyIsInClear(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Zebedee", "2096-05-04")
		g := Grant{Patient: "zebedee", Record: ann.id, Kind: KindParent, Name: "Unmistakable Name", Basis: Parent, May: Look, Evidence: []string{"BRTH"}}
		d, err := s.GiveAsStaff(t.Context(), practice, g)
		s.ok(err)
		s.ok(s.Suspend(t.Context(), practice, d.ID, true, "an unmistakable worry"))
		s.ok(s.Decide(t.Context(), practice, "zebedee", true, time.Time{}, "an unmistakable talk"))
		_, _, err = s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Unmistakable Friend", May: Look})
		s.ok(err)
		for _, table := range []string{"about FROM mandate_person", "name || evidence FROM mandate_relationship", "practice || reason FROM mandate", "what || words FROM mandate_event",
			"name || hash FROM mandate_code", "words FROM mandate_ability"} {
			s.ok(s.DB.Query(t.Context(), "SELECT "+table, nil, func(r *db.Row) error {
				if text := r.Text(0); strings.Contains(strings.ToLower(text), "unmistakable") || strings.Contains(text, "Zebedee") || strings.Contains(text, "2096") {
					t.Errorf("%s holds %q", table, text)
				}
				return nil
			}))
		}
		h, err := s.History(t.Context(), d.ID)
		s.ok(err)
		if len(h) != 2 || h[1].Words != "an unmistakable worry" {
			t.Errorf("the history is %+v", h)
		}
		s.ok(s.Forget(t.Context(), "zebedee"))
		if all, err := s.About(t.Context(), "zebedee"); err != nil || len(all) != 0 {
			t.Errorf("it is kept: %+v, %v", all, err)
		}
	})
}
