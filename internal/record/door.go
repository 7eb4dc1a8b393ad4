package record

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Log is what the door needs of the access log: Append returns when the
// entries are durable, or fails.
type Log interface {
	Append(ctx context.Context, entries ...audit.Entry) error
}

// Config is what a Door stands on.
type Config struct {
	DB   *db.DB
	Log  Log
	Ring *seal.Ring
	// Base is the URL under which resources are served, without a slash at its
	// end. References that begin with it are references to this server.
	Base string
	// Rebuilding opens a store whose index is half made, so that Reindex can
	// finish it.
	Rebuilding bool
	// RequestID names the request that a context belongs to, for the access
	// log; nil for none.
	RequestID func(context.Context) string
	// Policy is the file of rules for what nobody has decided; nil for the
	// default, which is inside the program.
	Policy []byte
	// Now is the clock by which rights end; nil is time.Now.
	Now func() time.Time
	// Stamps is the clock from which versions get their times; nil is time.Now.
	Stamps func() time.Time
	// Withheld lists the rights (access.Who.Mandate) of whose use a patient is
	// not to be told yet, by the decision of a named reviewer; nil for none.
	Withheld func(ctx context.Context, patient string) (mandates []string, err error)
}

// Door is the way in. It is safe for concurrent use.
type Door struct {
	store  *store.Store
	log    Log
	ring   *seal.Ring
	queue  *jobs.Queue // nil where no background work is done
	reqID  func(context.Context) string
	now    func() time.Time
	known  known
	policy *policy.Policy
	always map[string][]string // parameters by which a resource ties whatever else it says

	withheld func(ctx context.Context, patient string) ([]string, error)
	labelled atomic.Bool // everything in the store was labelled at least once
}

// New opens the store behind the door and brings its tables up to date.
func New(ctx context.Context, c Config) (*Door, error) {
	st, err := store.Open(ctx, store.Config{DB: c.DB, Ring: c.Ring, Base: c.Base, Rebuilding: c.Rebuilding, Now: c.Stamps})
	if err != nil {
		return nil, err
	}
	if c.RequestID == nil {
		c.RequestID = func(context.Context) string { return "" }
	}
	rules := policy.Default()
	if c.Policy != nil {
		if rules, err = policy.Read(c.Policy); err != nil {
			return nil, err
		}
	}
	if err := rules.Fit(st.Registry()); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Door{store: st, log: c.Log, ring: c.Ring, reqID: c.RequestID, now: c.Now, policy: rules, always: rules.Always(), withheld: c.Withheld}, nil
}

// About says whose records a session is about: those of one patient, named by
// the logical id of the Patient resource, or everybody's.
type About struct{ Patient string }

// Open opens a session for somebody who asks about somebody for a purpose. A
// credential that is about one patient opens sessions about that patient only.
// The error says why there is none, and is itself on the access log where it
// is about a person.
func (d *Door) Open(ctx context.Context, who access.Who, about About, why access.Purpose) (*Session, error) {
	s, err := d.begin(ctx, who, about, why)
	if err != nil {
		return nil, err
	}
	if err := s.decision.Err(); err != nil {
		if logged := s.noteRefusal(ctx, about.Patient, problem.KindOf(err).Status()); logged != nil {
			return nil, logged
		}
		return nil, err
	}
	return s, nil
}

// begin decides what a session may do; one that is refused may do nothing, and
// its decision says why.
func (d *Door) begin(ctx context.Context, who access.Who, about About, why access.Purpose) (*Session, error) {
	return d.beginUnder(ctx, who, about, why, nil)
}

// beginUnder is begin under choices that nobody has made yet; nil for those that
// were made.
func (d *Door) beginUnder(ctx context.Context, who access.Who, about About, why access.Purpose, p *store.Proposed) (*Session, error) {
	s := &Session{d: d, who: who, why: why, patient: about.Patient, proposed: p}
	if who.Patient != "" {
		s.patient = who.Patient
	}
	facts := access.Facts{Who: who, Purpose: why, About: access.Population()}
	if s.patient != "" {
		person, err := d.personOf(ctx, s.patient)
		if err != nil {
			return nil, err
		}
		// A patient whom nobody knows is a person without a record: the answer
		// is the same as for a record with nothing in it.
		facts.About = access.Subject(person)
		s.person = person
		if who.Patient != "" && who.For == 0 {
			s.who.For, facts.Who.For = person, person
		}
	}
	s.scope, s.decision = d.decide(facts)
	if who.Until != 0 && d.now().UnixMilli() >= who.Until {
		s.scope, s.decision = access.Scope{}, ended(s.decision)
	}
	if s.decision.Granted && about.Patient != "" && about.Patient != s.patient {
		s.scope, s.decision = access.Scope{}, anotherPatient(s.decision)
	}
	if s.decision.Granted {
		s.reach()
		if err := s.choose(ctx); err != nil {
			return nil, err
		}
		if err := s.keeping(ctx); err != nil {
			return nil, err
		}
		if err := s.mustBeLabelled(ctx); err != nil { // now that it is known what is hidden
			return nil, err
		}
	}
	return s, nil
}

// reach works out whose records the session is about.
func (s *Session) reach() {
	s.base = store.Reach{Everyone: true, Deny: int64(^s.scope.Mask())}
	if person, one := s.scope.Person(); one {
		s.base = store.Reach{Person: person, Deny: s.base.Deny}
		if s.scope.Shared() {
			s.base.Nobody = aboutNobody
		}
	}
	if beyondCare(s.who, s.why) {
		s.beyondCare()
	}
}

// anotherPatient refuses a session about another patient than the credential
// is for. Whether there is such a patient is in no part of the answer.
func anotherPatient(d access.Decision) access.Decision {
	return access.Decision{Rule: "another-patient", Version: d.Version, Kind: problem.Forbidden,
		Reason: "This token is about one patient, and you asked about another. Ask about that patient, or ask for a token for the other one."}
}

// ended refuses a session for somebody whose right to act is over.
func ended(d access.Decision) access.Decision {
	return access.Decision{Rule: "right-ended", Version: d.Version, Kind: problem.Forbidden,
		Reason: "Your right to see this record has ended. Ask for it again if you still need it."}
}

// Registry returns the search parameters that are indexed now.
func (d *Door) Registry() *search.Registry { return d.store.Registry() }

// Session is what somebody may do with some records for a purpose. It holds
// its scope; it is good for one request or one piece of work.
type Session struct {
	d        *Door
	who      access.Who
	why      access.Purpose
	patient  string // the logical id of the one patient that it is about
	person   int64  // their number
	scope    access.Scope
	decision access.Decision
	base     store.Reach        // whose records; to says of which resources
	by       []audit.By         // the choices that let them see what they see
	settled  bool               // what people chose is known as of now
	veiled   map[store.Ref]bool // of the record, what is withheld from them
	kept     bool               // where the person lives is kept from them
	held     []string           // of the log, the rights of whose use they are told later

	proposed *store.Proposed // choices that nobody has made yet; nil for those that were made
}

// Beside is the same session for work that goes on beside its other work: a Session
// itself is for one thing after the other.
func (s *Session) Beside() *Session {
	other := *s
	return &other
}

// Registry returns the search parameters that are indexed now.
func (s *Session) Registry() *search.Registry { return s.d.store.Registry() }

// may refuses what the scope does not allow with any resource of a type, or
// with no type, with all there is.
func (s *Session) may(ctx context.Context, v access.Verb, typ string) error {
	if typ == "" {
		return s.mayAll(ctx, v, "")
	}
	if s.sees(v, typ) {
		return nil
	}
	return s.refuse(ctx, v, typ)
}

// mayAll refuses what the scope does not allow with every resource of a type,
// or with no type, of every type.
func (s *Session) mayAll(ctx context.Context, v access.Verb, typ string) error {
	if s.scope.Allows(v, typ) {
		return nil
	}
	return s.refuse(ctx, v, typ)
}

func (s *Session) refuse(ctx context.Context, v access.Verb, typ string) error {
	err := problem.New(problem.Forbidden, "You may not do this with "+orData(typ)+". Ask the operator if you think that you should.")
	if logged := s.note(ctx, v, typ, err.Kind.Status(), -1, nil, nil); logged != nil {
		return logged
	}
	return err
}

func orData(typ string) string {
	if typ == "" {
		return "these records"
	}
	return typ + " resources"
}

// note writes the access down and returns when that is durable: one entry for
// each person whose data was given out, or one without a person.
func (s *Session) note(ctx context.Context, v access.Verb, typ string, outcome int, total int64, asked *asked, given []*store.Version) error {
	e := audit.Entry{Request: s.d.reqID(ctx), Who: s.who, Purpose: s.why, Person: s.person, Verb: v, Type: typ,
		Rule: s.decision.Rule, Rules: s.decision.Version, Outcome: outcome, Total: total, By: s.by}
	if asked != nil {
		e.Params, e.Query = asked.params, asked.digest
	}
	if len(given) == 0 {
		return s.append(ctx, e)
	}
	// What is withheld from the person has an entry of its own, so that the other
	// one can be shown to them, and proved, as it stands.
	type part struct {
		person   int64
		withheld bool
	}
	byPerson := map[part]int{}
	var entries []audit.Entry
	for _, g := range given {
		p := part{store.Subject(g.Row), uint64(g.Mask)&access.Withheld != 0}
		i, ok := byPerson[p]
		if !ok {
			i = len(entries)
			byPerson[p] = i
			mine := e
			mine.Person = p.person
			if j, both := byPerson[part{p.person, !p.withheld}]; both {
				mine.Total, entries[j].Total = -1, -1 // how many there are would tell of both
			}
			entries = append(entries, mine)
		}
		entries[i].Returned = append(entries[i].Returned, audit.Ref{Type: g.Type, ID: g.ID, Version: g.Version})
	}
	if err := s.allowedBy(ctx, entries, given); err != nil {
		return err
	}
	return s.append(ctx, entries...)
}

// append waits for the log even when the caller has gone away: what was
// decided on must be written down.
func (s *Session) append(ctx context.Context, entries ...audit.Entry) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer stop()
	if err := s.d.log.Append(ctx, entries...); err != nil {
		return problem.Wrap(problem.Unavailable, "The access log can't be written, so nothing is shown. Try again in a moment.", err)
	}
	return nil
}

// asked is a query as the log keeps it: the names of its parameters, and a
// keyed digest of the whole.
type asked struct {
	params []string
	digest []byte
}

func (s *Session) asked(q search.Query) *asked {
	a := &asked{}
	h := sha256.New()
	for _, p := range q.Pairs() {
		a.params = append(a.params, p.Name)
		h.Write([]byte(p.Name + "\x00" + p.Value + "\x00"))
	}
	if q.Compartment != nil {
		h.Write([]byte(q.Compartment.Type + "/" + q.Compartment.ID))
	}
	sum := s.d.ring.Hasher("access query").Sum(h.Sum(nil))
	a.digest = []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24), byte(sum >> 32), byte(sum >> 40), byte(sum >> 48), byte(sum >> 56)}
	return a
}

// resource renders a version for the reader.
func (s *Session) resource(v *store.Version) (Resource, error) {
	r := Resource{Key: Key{v.Type, v.ID}, Version: v.Version, Updated: time.UnixMilli(v.At).UTC(), Method: Method(v.How)}
	if v.Encoded == nil {
		r.Method = Delete
		return r, nil
	}
	body, err := v.Body()
	if err == nil && s.leavesOut(v) {
		body, err = withoutAddress(body)
	}
	r.Body = body
	return r, err
}

func (s *Session) resources(vs []*store.Version, include bool, dst []Resource) ([]Resource, error) {
	for _, v := range vs {
		r, err := s.resource(v)
		if err != nil {
			return nil, err
		}
		r.Include = include
		dst = append(dst, r)
	}
	return dst, nil
}

// sealCursor makes an opaque page link: it is authenticated, and good only for
// the same question.
func (s *Session) sealCursor(kind string, pos any) (string, error) {
	plain, err := json.Marshal(pos)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return s.d.ring.SealToken(kind, plain), nil
}

func (s *Session) openCursor(kind, token string, pos any) error {
	plain, err := s.d.ring.OpenToken(kind, token)
	if err == nil {
		err = json.Unmarshal(plain, pos)
	}
	if err != nil {
		return problem.Wrap(problem.Invalid, "This page link is not one of ours, or belongs to another search. Start again from the first page.", err)
	}
	return nil
}
