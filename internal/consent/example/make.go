package example

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/sim"
)

// Work is the name of the work that makes and removes the family, as the access
// log has it.
const Work = "example-family"

// makingTakes is how long a making that says no more is waited for: after that it
// was stopped, such as by a server that ended.
const makingTakes = 10 * time.Minute

var relations = map[sim.Relation]string{sim.OneParent: "parent", sim.Partner: "partner", sim.Grandparent: "grandparent",
	sim.Teenager: "teenager", sim.Schoolchild: "schoolchild", sim.SmallChild: "child"}

// Make makes the family, for an account of an operator. Where it is there already
// nothing is done. Their records are written in one transaction, so that they are
// all there or none is.
func (e *Examples) Make(ctx context.Context, account string) error {
	by, err := e.Operator(ctx, account)
	if err != nil {
		return err
	}
	s, err := e.Write(ctx, access.Job(Work, by))
	if err != nil {
		return err
	}
	now := e.Now().In(e.Zone)
	f := sim.Example(sim.Date(now.Year(), int(now.Month()), now.Day()))
	ids := map[string]string{} // of each Patient, by the URN that the family's records name
	for _, m := range f.Members() {
		ids[m.ID] = newID()
	}
	begun, err := e.begin(ctx, account, f, ids)
	if err != nil || !begun {
		return err
	}
	if err := write(ctx, s, f, ids); err != nil {
		return err // what began stays known by its ids, and is removed or made again
	}
	return e.become(ctx, making, here)
}

// begin keeps under which ids the records will be, before there are any: nothing
// that was made is ever unknown. begun is false where the family is here.
func (e *Examples) begin(ctx context.Context, account string, f sim.Family, ids map[string]string) (begun bool, err error) {
	state, at, err := e.state(ctx)
	switch {
	case err != nil:
		return false, err
	case state == here:
		return false, nil
	case state == going, state == making && e.Now().Sub(at) < makingTakes:
		return false, busy()
	case state == making: // it was stopped
		if err := e.Remove(ctx, account); err != nil {
			return false, err
		}
	}
	return true, e.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("INSERT INTO example_family (id, state, by_whom, at) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING", making, account, e.Now().Unix())
		if err == nil && n == 0 {
			err = busy() // somebody else was quicker
		}
		for i, m := range f.Members() {
			if err != nil {
				return err
			}
			_, err = tx.Exec("INSERT INTO example_person (patient, place, name, relation) VALUES ($1, $2, $3, $4)", ids[m.ID], int64(i), m.Name, relations[m.Is])
		}
		return err
	})
}

func busy() error {
	return problem.New(problem.Conflict, "The example people are being made or removed at this moment. Wait a minute, then look again.").Because("example-busy")
}

// become moves the family from one state to the next.
func (e *Examples) become(ctx context.Context, from, to string) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE example_family SET state = $2, at = $3 WHERE id = 1 AND state = $1", from, to, e.Now().Unix())
		if err == nil && n == 0 {
			err = busy()
		}
		return err
	})
}

// write writes the places, which keep their ids, and then the records.
func write(ctx context.Context, s Writer, f sim.Family, ids map[string]string) error {
	var places, records []record.Op
	for one := range f.Places() {
		t, err := fhir.Parse(one.JSON, fhir.Limits{})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		places = append(places, record.Op{Method: record.Put, Key: record.Key{Type: one.Type, ID: one.ID}, Body: t, Ensure: true})
	}
	for one := range f.Resources() {
		t, err := fhir.Parse(one.JSON, fhir.Limits{})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		op := record.Op{Method: record.Post, Key: record.Key{Type: one.Type}, Body: t, FullURL: "urn:uuid:" + one.ID}
		if one.Type == "Patient" {
			op.Method, op.Key.ID = record.Put, ids[one.ID]
		}
		records = append(records, op)
	}
	if _, err := s.Transact(ctx, places); err != nil {
		return err
	}
	_, err := s.Transact(ctx, records)
	return err
}

// newID is an id that nobody has.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}
