package record

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Erasing says why a record is erased: the id of the decision, and the legal
// basis by its code. Neither holds a word about anybody's health.
type Erasing struct{ Decision, Basis string }

// Erased is what was taken away, in numbers.
type Erased struct {
	Person    int64 // the number that the record had
	At        time.Time
	Resources int64 // that were there
	Versions  int64 // of these and of what was deleted before
	Entries   int64 // of the index
	Files     int64 // Binaries that their entries led to, which Resources and Versions count too
	Shared    int64 // Binaries that stay, since entries of others open them too
}

// ruleErase stands in the access log for an erasure.
const ruleErase = "erase"

// Person is the number of the one person that the session is about; false for a
// session over everybody, and for one about somebody who has no record.
func (s *Session) Person() (int64, bool) {
	n, one := s.scope.Person()
	return n, one && n > 0
}

// Erase takes the record of a person away for good: their key, the bodies of
// all versions, what they can be found by, and their places in the feed; and the
// files that lie in nobody's record (FHIR R4, Binary) and are theirs alone: those
// that say so themselves (Binary.securityContext), and those that entries of theirs
// open by the rule of ReadFile and no entry of anybody else does. It needs an operator who runs the service, over everybody. The decision is on the
// access log before anything is erased, and its numbers are when it is done; both
// entries are about nobody, so that they outlive the person's own.
//
// Running it again goes on where it was stopped. The error is NotFound for a
// number that nobody has.
func (s *Session) Erase(ctx context.Context, person int64, why Erasing) (Erased, error) {
	if s.who.Role != access.RoleOperator || s.why != access.Operations || why.Decision == "" || why.Basis == "" {
		return Erased{}, s.refuse(ctx, access.Delete, "")
	}
	if err := s.mayAll(ctx, access.Delete|access.Update, ""); err != nil {
		return Erased{}, err
	}
	e := s.entry(ctx, 0)
	e.Verb, e.Type, e.Rule, e.Outcome = access.Delete, "Patient", ruleErase, http.StatusAccepted
	e.Params = []string{"decision=" + why.Decision, "basis=" + why.Basis}
	if err := s.append(ctx, e); err != nil {
		return Erased{}, err
	}
	gone, err := s.d.store.Erase(ctx, person)
	if err != nil {
		e.Outcome = problem.KindOf(err).Status()
		if logged := s.append(ctx, e); logged != nil {
			return Erased{}, logged
		}
		return Erased{}, err
	}
	s.d.forgetPerson(person)
	out := Erased{Person: person, At: time.Now().UTC().Truncate(time.Second), Resources: gone.Resources, Versions: gone.Versions, Entries: gone.Entries, Files: gone.Files, Shared: gone.Shared}
	return out, s.append(ctx, out.entry(e))
}

// entry is the entry of an erasure that is done, from the one of its beginning.
func (e Erased) entry(from audit.Entry) audit.Entry {
	from.Outcome, from.Total = http.StatusOK, e.Resources
	from.Params = append(from.Params[:len(from.Params):len(from.Params)], "versions="+strconv.FormatInt(e.Versions, 10), "index="+strconv.FormatInt(e.Entries, 10),
		"files="+strconv.FormatInt(e.Files, 10), "shared="+strconv.FormatInt(e.Shared, 10))
	return from
}

// Scrub takes what was deleted out of the database's files: see db.DB.Scrub.
func (s *Session) Scrub(ctx context.Context) error {
	if err := s.mayKeep(ctx); err != nil {
		return err
	}
	return s.d.store.Scrub(ctx)
}

// forgetPerson forgets which number a patient had.
func (d *Door) forgetPerson(person int64) {
	k := &d.known
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, n := range k.people {
		if n == person {
			delete(k.people, id)
		}
	}
}

// Keeper seals and opens what other rooms keep about a person: words of theirs,
// or a copy that they asked for. It goes with the person's key.
type Keeper struct{ s *store.Sealer }

// Keeper is that of the one person that the session is about.
func (s *Session) Keeper(ctx context.Context) (Keeper, error) {
	person, one := s.Person()
	if !one {
		return Keeper{}, problem.New(problem.NotFound, "There is no record here to keep this with. Link a record first, then try again.")
	}
	k, err := s.d.store.Sealer(ctx, person)
	return Keeper{k}, err
}

// Seal appends the sealed form of plain to dst. The same what opens it again, and
// no other.
func (k Keeper) Seal(dst, plain []byte, what string) []byte { return k.s.Seal(dst, plain, what) }

// Open appends what was sealed to dst.
func (k Keeper) Open(dst, sealed []byte, what string) ([]byte, error) {
	return k.s.Open(dst, sealed, what)
}
