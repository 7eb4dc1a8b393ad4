package record

import (
	"fmt"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// What waits for a database waits for round trips. These are the ones that
// each piece of work is worth; one more is a price that somebody should mean
// to pay.
func TestRoundTripsToPostgreSQL(t *testing.T) {
	to, turns := dbtest.Turns(t)
	d, err := db.Open(ctx, db.Config{URL: to, Readers: 1}) // one connection: each statement is prepared once
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	_, s := openDoor(t, d)
	put(t, s, `{"resourceType":"Patient","id":"p"}`)
	put(t, s, `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"urn:c","code":"a"}]},"subject":{"reference":"Patient/p"}}`)
	body := tree(t, `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":"a"}]},`+
		`"subject":{"reference":"Patient/p"},"effectiveDateTime":"2024-02-03","valueQuantity":{"value":1}}`)
	var many []Op
	for i := range 600 {
		id := fmt.Sprint("m", i)
		many = append(many, Op{Method: Put, Key: Key{"Observation", id}, Body: tree(t, `{"resourceType":"Observation","id":"`+id+`","status":"final",`+
			`"code":{"coding":[{"system":"urn:c","code":"many"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2024-01-01"}`)})
	}
	if _, err := s.Transact(ctx, many); err != nil {
		t.Fatal(err)
	}
	search := func(text string) func() error {
		return func() error {
			page, err := s.Search(ctx, query(t, s, "Observation", text), "")
			if err == nil && len(page.Items) != 50 {
				err = fmt.Errorf("%d on the page", len(page.Items))
			}
			return err
		}
	}
	for _, c := range []struct {
		work string
		most int64
		do   func() error
	}{
		{"create: look and lock, write and commit, the access entry", 3, func() error {
			_, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: body}})
			return err
		}},
		{"update: as many", 3, func() error {
			_, err := s.Transact(ctx, []Op{{Method: Put, Key: Key{"Observation", "o"}, Body: body}})
			return err
		}},
		{"search of everybody: count, walk, open, the moment for the next page, the end of reading, the access entry", 6,
			search("code=urn:c|many&date=ge2020&_count=50")},
		{"read: the version, the access entry", 2, func() error {
			_, err := s.Read(ctx, Key{"Patient", "p"}, 0)
			return err
		}},
	} {
		best := int64(0)
		for i := range 4 { // the first few prepare their statements
			before := turns()
			if err := c.do(); err != nil {
				t.Fatal(c.work, err)
			}
			if n := turns() - before; i == 0 || n < best {
				best = n
			}
		}
		if best > c.most {
			t.Errorf("%s: %d round trips, %d expected", c.work, best, c.most)
		}
	}
}
