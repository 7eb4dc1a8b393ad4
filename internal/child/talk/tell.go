package talk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
)

// newFor is how long a note is news. Those of a record that is brought in from
// elsewhere are older, and nobody is told of them.
const newFor = 3 * 24 * time.Hour

// told is somebody who is to be told, and of which notes.
type told struct {
	recall.Told
	notes []string
}

func (p told) kind() notify.Kind {
	if p.Own {
		return notify.OwnNote
	}
	return notify.ChildNote
}

// tell tells the family of the notes of staff that are new. Each is told by what
// their own look shows, once however many notes there are, and never of a note that
// they wrote themself. That a note was told is written with the message itself.
func (t *Talks) tell(ctx context.Context, k *known) error {
	fresh, err := t.fresh(ctx, k)
	if err != nil || len(fresh) == 0 {
		return err
	}
	people, err := t.people(ctx, k, fresh)
	if err != nil {
		return err
	}
	return t.db.Write(ctx, func(tx *db.Tx) error {
		said := map[string]bool{} // notes of which nobody was told before
		for id := range fresh {
			n, err := tx.Exec("INSERT INTO talk_told (patient, note, at) VALUES ($1, $2, $3) ON CONFLICT (patient, note) DO NOTHING", k.patient, id, t.Recalls.Now().Unix())
			if err != nil {
				return err
			}
			said[id] = n > 0
		}
		for _, p := range people {
			if !slices.ContainsFunc(p.notes, func(id string) bool { return said[id] }) {
				continue
			}
			if err := t.Recalls.Accounts.Tell(tx, p.Account, p.kind()); err != nil {
				return err
			}
		}
		return nil
	})
}

// fresh are the new notes of staff by their ids, each with the account of who wrote
// it: notes with words, which staff wrote and nobody says so of themself, of the last
// days, and of which nobody was told.
func (t *Talks) fresh(ctx context.Context, k *known) (map[string]string, error) {
	now, all := t.Recalls.Now(), map[string]string{}
	for _, n := range k.notes {
		id := n.Root().Get("id").Str()
		if book.FromFamily(n) || !book.Speaks(n) || !k.written(id) || !recent(n, now) {
			continue
		}
		writer, _ := strings.CutPrefix(n.Root().Get("sender").Get("reference").Str(), "Practitioner/")
		account, err := t.Account(ctx, writer)
		if err != nil {
			return nil, err
		}
		all[id] = account
	}
	if len(all) == 0 {
		return nil, nil
	}
	err := t.db.Query(ctx, "SELECT note FROM talk_told WHERE patient = $1", []any{k.patient}, func(row *db.Row) error {
		delete(all, row.Text(0))
		return nil
	})
	return all, err
}

// recent says whether a note is news: by what it says and by when it was written
// down, so that neither an old note that is corrected nor one that is brought in is
// told.
func recent(n *fhir.Tree, now time.Time) bool {
	sent, err := time.Parse(time.RFC3339Nano, n.Root().Get("sent").Str())
	return err == nil && now.Sub(sent) < newFor && sent.Sub(now) < newFor && now.Sub(book.Written(n)) < newFor
}

// people are those who are told, each with the new notes that they see.
func (t *Talks) people(ctx context.Context, k *known, fresh map[string]string) (all []told, err error) {
	may, err := t.Recalls.Audience(ctx, k.patient)
	if err != nil {
		return nil, err
	}
	for _, p := range may {
		seen, err := k.seenBy(ctx, p.As)
		if err != nil {
			return nil, err
		}
		one := told{Told: p}
		for _, n := range seen {
			id := n.Root().Get("id").Str()
			if writer, ok := fresh[id]; ok && writer != p.Account {
				one.notes = append(one.notes, id)
			}
		}
		if len(one.notes) > 0 {
			all = append(all, one)
		}
	}
	return all, nil
}
