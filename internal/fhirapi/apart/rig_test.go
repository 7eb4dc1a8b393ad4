package apart

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

var ctx = context.Background()

// noLog forgets what it is told: the log is proved elsewhere, and here there are
// too many looks to wait for a disk each time.
type noLog struct{}

func (noLog) Append(context.Context, ...audit.Entry) error { return nil }

// places makes stores of one kind. All have one ring of keys, so that what lies
// in nobody's record comes in the same order in each.
type places struct {
	t    testing.TB
	ring *seal.Ring
	like db.Dialect
	// turned is what leaks switches off in the full store; nil for nothing.
	turned func(access.Who) access.Who
}

func newPlaces(t testing.TB, like db.Dialect) *places {
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &places{t: t, ring: ring, like: like}
}

// shop is a FHIR server over a record.
type shop struct {
	t       testing.TB
	db      *db.DB
	door    *record.Door
	all     *record.Session
	handler http.Handler
	queue   *jobs.Queue // of exports; nil until there is one
	mu      sync.Mutex
	clock   time.Time
	people  map[string]access.Who       // by token
	made    []string                    // ids that this store gave
	turned  func(access.Who) access.Who // what the proof has to notice; nil for nothing
}

func (p *places) open(t testing.TB) *shop {
	t.Helper()
	var d *db.DB
	if p.like == db.Postgres {
		d = dbtest.Postgres(t)
	} else {
		d = dbtest.SQLite(t)
	}
	s := &shop{t: t, db: d, clock: began, people: map[string]access.Who{}}
	var err error
	s.door, err = record.New(ctx, record.Config{DB: d, Log: noLog{}, Ring: p.ring, Base: base, Now: at, Stamps: func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.clock
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s.all, err = s.door.Open(ctx, access.Operator("test"), record.About{}, access.Operations); err != nil {
		t.Fatal(err)
	}
	s.serve(nil)
	return s
}

// serve makes the handler; bulk is nil for a server that does no exports.
func (s *shop) serve(bulk fhirapi.Bulk) {
	api := fhirapi.New(fhirapi.Config{Open: s.session, Verify: s.verify, Registry: s.door.Registry, Base: base, Version: "test", Now: at, Bulk: bulk})
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := api.Handle(w, r); err != nil {
			api.WriteError(w, r, err)
		}
	})
}

func at() time.Time { return now }

func (s *shop) session(ctx context.Context, who access.Who, patient string, why access.Purpose) (fhirapi.Session, error) {
	if who.Mandate != "" && who.Role == access.RoleProfessional {
		why = access.Emergency // as the application has it for whoever declared one
	}
	if who.Actor == "free" {
		who.App, who.Grant = "", "" // its holder came by no app, and is answered like one who did
	}
	if s.turned != nil && who.Actor != "free" {
		if who = s.turned(who); who.Role == access.RoleSelf {
			why = access.Own
		} else if who.Role == access.RoleOperator {
			why = access.Operations
		}
	}
	return s.door.Open(ctx, who, record.About{Patient: patient}, why)
}

func (s *shop) verify(_ context.Context, p fhirapi.Presented) (access.Who, error) {
	if who, ok := s.people[p.Token]; ok {
		return who, nil
	}
	return access.Who{}, problem.New(problem.Unauthorized, "This token is not known.")
}

// play writes what happened, in the same steps and at the same times.
func (s *shop) play(w *world) error {
	entries := map[string]*entry{}
	for _, e := range w.Entries {
		entries[e.key()] = e
	}
	for from := 0; from < len(w.Events); {
		to, step := from, w.Events[from].Step
		var ops []record.Op
		for ; to < len(w.Events) && w.Events[to].Step == step; to++ {
			ev := w.Events[to]
			typ, id, _ := strings.Cut(ev.Key, "/")
			op := record.Op{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}
			if !ev.Deleted {
				tree, err := fhir.Parse([]byte(entries[ev.Key].version(ev.Value)), fhir.Limits{})
				if err != nil {
					return err
				}
				op.Method, op.Body = record.Put, tree
			}
			ops = append(ops, op)
		}
		s.set(stepTime(step))
		if _, err := s.all.Transact(ctx, ops); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		from = to
	}
	return nil
}

func (s *shop) set(at time.Time) {
	s.mu.Lock()
	s.clock = at
	s.mu.Unlock()
}

// question is one request.
type question struct {
	Kind    string // the interaction, to be counted
	Method  string
	Path    string // after the base, with its query
	Body    string
	Headers []string // "Name: value"
}

func (q question) String() string {
	return strings.TrimSpace(q.Method + " " + q.Path + " " + strings.Join(q.Headers, ", ") + " " + q.Body)
}

func (s *shop) ask(token string, q question) *httptest.ResponseRecorder {
	for i, id := range s.made {
		q.Path, q.Body = strings.ReplaceAll(q.Path, made(i), id), strings.ReplaceAll(q.Body, made(i), id)
	}
	r := httptest.NewRequest(q.Method, "/fhir"+strings.ReplaceAll(q.Path, " ", "%20"), strings.NewReader(q.Body))
	r.Header.Set("Authorization", "Bearer "+token)
	if q.Body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range q.Headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	a := httptest.NewRecorder()
	s.handler.ServeHTTP(a, r)
	return a
}

// answer is what came back, in a form that can be compared.
type answer struct {
	text string
	next string // the path of the next page
}

var (
	pageLink = regexp.MustCompile(`_page=[A-Za-z0-9_.%-]+`)
	counted  = regexp.MustCompile(`"total":[0-9]+,`)
	nextLink = regexp.MustCompile(`"relation":"next","url":"` + regexp.QuoteMeta(base) + `([^"]*)"`)
)

// read takes an answer apart. The places where pages end are opaque, and differ
// from store to store. A total that nobody asked for is given when it is cheap to
// find, which goes by how many records may be seen: without total it is left
// out. Ids that the store gave are named by their turn.
func (s *shop) read(a *httptest.ResponseRecorder, total bool) answer {
	body := a.Body.String()
	if !total {
		body = counted.ReplaceAllString(body, "")
	}
	var out answer
	if m := nextLink.FindStringSubmatch(body); m != nil {
		out.next = m[1]
	}
	var names []string
	for name := range a.Header() {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintln(&b, a.Code)
	for _, name := range names {
		if name != "Content-Length" { // it counts the opaque parts
			fmt.Fprintln(&b, name, a.Header()[name])
		}
	}
	b.WriteString(pageLink.ReplaceAllString(body, "_page=@"))
	out.text = b.String()
	for i, id := range s.made {
		out.text = strings.ReplaceAll(out.text, id, made(i))
	}
	return out
}

// made names the i-th id that a store gave.
func made(i int) string { return fmt.Sprintf("MADE%02dX", i) }

var gaveID = regexp.MustCompile(`([A-Z][A-Za-z]+)/([A-Za-z0-9-]{16,64})/_history/`)

// remember notes the ids that a store gave in an answer, and what has them.
func (s *shop) remember(a *httptest.ResponseRecorder) (keys []string) {
	for _, m := range gaveID.FindAllStringSubmatch(a.Header().Get("Location")+" "+a.Body.String(), -1) {
		if !slices.Contains(s.made, m[2]) {
			keys = append(keys, m[1]+"/"+made(len(s.made)))
			s.made = append(s.made, m[2])
		}
	}
	return keys
}
