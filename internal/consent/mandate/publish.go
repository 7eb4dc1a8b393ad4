package mandate

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// publishTries is how often a mandate is written again that others change
// meanwhile.
const publishTries = 5

// publish writes a mandate into the person's record: the relationship, the
// Consent and who made this version of it. What was changed while it was written
// is written again, so that the last one to write has written the last version.
// A new mandate gives its right when the record has it.
func (m *Mandates) publish(ctx context.Context, id string, by By) error {
	for range publishTries {
		d, err := m.Find(ctx, id)
		if err != nil {
			return err
		}
		if d.published == d.version {
			return nil
		}
		if err := m.put(ctx, d, by); err != nil {
			return err
		}
		err = m.write(ctx, func(t *tx) error {
			_, err := t.Exec("UPDATE mandate SET published = $2 WHERE id = $1 AND version = $2", id, d.version)
			return err
		})
		if err != nil {
			return err
		}
	}
	return problem.New(problem.Conflict, "Others keep changing this right. Wait a moment, then look at it again.").Because("mandate-busy")
}

// put writes one version.
func (m *Mandates) put(ctx context.Context, d Mandate, by By) error {
	write := access.Read | access.Create | access.Update
	s, err := m.Session(ctx, by.Actor, access.OneType("Consent", write).Or(access.OneType("RelatedPerson", write)).Or(access.OneType("Provenance", write)))
	if err != nil {
		return err
	}
	var ops []record.Op
	for _, r := range d.resources() {
		t, err := tree(r)
		if err != nil {
			return err
		}
		root := t.Root()
		ops = append(ops, record.Op{Method: record.Put, Key: record.Key{Type: root.Get("resourceType").Str(), ID: root.Get("id").Str()}, Body: t})
	}
	t, err := tree(d.provenance(by, m.Now()))
	if err != nil {
		return err
	}
	ops = append(ops, record.Op{Method: record.Post, Key: record.Key{Type: "Provenance"}, Body: t})
	_, err = s.Transact(ctx, ops)
	return err
}
