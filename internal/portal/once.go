package portal

import (
	"context"
	"crypto/rand"
	"regexp"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/record"
)

// transactor is a session that writes.
type transactor interface {
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
}

// formSystem is the system of the names that forms have. An entry is tagged with
// that of its form, so that a form that is sent twice makes one entry.
const formSystem = "urn:bevan:form"

var formKey = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// formKey is the name of the form that was sent, or of a new one.
func (v *visit) formKey() string {
	if key := v.typed("key"); formKey.MatchString(key) {
		return key
	}
	return rand.Text()
}

// unsent asks whether something was written from a form already.
func (f *folder) unsent(r Records, typ, key string) (*search.Query, error) {
	q, err := search.Parse(r.Registry(), []string{typ}, nil, []search.Pair{{Name: "_tag", Value: formSystem + "|" + key}}, search.Options{Strict: true, Now: f.p.cfg.Now().UnixMicro()})
	return &q, err
}

// tagged is the meta of what a form made.
func tagged(key string) map[string]any {
	return map[string]any{"tag": []any{map[string]string{"system": formSystem, "code": key}}}
}
