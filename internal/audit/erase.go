package audit

import (
	"context"
	"errors"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
)

// ruleErased marks the entries that certify an erasure.
const ruleErased = "access-log-erasure"

// Erase takes the content of a person's entries out of the log, and their nonces with it: nobody can tell
// then what the leaves that stay committed to, and all proofs of others hold. A certificate of it, which
// names the numbers of the entries and the place in the map but not the person, is on disk before anything
// goes; by says who erases and why. It returns how many entries were erased.
//
// What others hold is not reached: copies of the database, and receipts that the person was given.
func (l *Log) Erase(ctx context.Context, by Entry, person int64) (erased int, err error) {
	if err := l.Settle(ctx); err != nil { // each entry has a leaf that can stay
		return 0, err
	}
	for {
		var seqs []int64
		err := l.Each(ctx, Filter{Person: person, Limit: refsPerEntry}, func(e *Entry) error {
			seqs = append(seqs, e.Seq)
			return nil
		})
		if err != nil || len(seqs) == 0 {
			return erased, err
		}
		by.Person, by.Verb, by.Type, by.Rule, by.Returned = 0, access.Delete, "AuditEvent", ruleErased, nil
		for _, s := range seqs {
			by.Returned = append(by.Returned, Ref{Type: "AuditEvent", ID: strconv.FormatInt(s, 10)})
		}
		by.Total = int64(len(seqs))
		slot := l.keys.Load().slot(person)
		by.Query = slot[:]
		if err := l.Append(ctx, by); err != nil {
			return erased, err
		}
		if err := l.blank(ctx, person, seqs); err != nil {
			return erased, err
		}
		erased += len(seqs)
	}
}

// blank empties rows.
func (l *Log) blank(ctx context.Context, person int64, seqs []int64) error {
	l.tree.mu.Lock()
	defer l.tree.mu.Unlock()
	lite := l.db.Dialect() == db.SQLite
	if lite {
		l.tail.forget(seqs)
	}
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		set := ""
		if !lite {
			set = ", own = NULL"
		}
		_, err := tx.Exec("UPDATE access SET person = 0, at = 0, entry = $1, nonce = NULL"+set+" WHERE person = $2 AND "+tx.Dialect().AnyInt("seq", "$3"), []byte{}, person, seqs)
		if err != nil || !lite {
			return err
		}
		for _, index := range []string{"access_person", "access_other"} {
			if _, err = tx.Exec("DELETE FROM "+index+" WHERE person = $1 AND "+tx.Dialect().AnyInt("seq", "$2"), person, seqs); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && lite {
		err = errors.Join(err, l.tail.load(context.WithoutCancel(ctx), l.db)) // they are there after all
	}
	return err
}

// certificate reads an entry that certifies an erasure: the slot of whom, and the numbers of the entries.
func (r *row) certificate() (slot tlog.Hash, seqs []int64, ok bool) {
	var e Entry
	if r.person != 0 || e.decode(r.entry) != nil || e.Rule != ruleErased || e.Verb != access.Delete || len(e.Query) != len(slot) {
		return slot, nil, false
	}
	for _, ref := range e.Returned {
		if n, err := strconv.ParseInt(ref.ID, 10, 64); err == nil {
			seqs = append(seqs, n)
		}
	}
	return tlog.Hash(e.Query), seqs, true
}
