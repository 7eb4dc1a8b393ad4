package audit

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
)

// chains works out anew the chains in which something was erased.
func (in *inspector) chains() error {
	for slot, seqs := range in.erased {
		var links []link
		for _, seq := range seqs {
			if b, gone := in.blank[seq]; gone {
				links = append(links, link{b.index, b.leaf})
			}
		}
		if s := in.persons[slot]; s != nil {
			more, err := in.linksOf(s.person)
			if err != nil {
				return err
			}
			links = append(links, more...)
		}
		slices.SortFunc(links, func(a, b link) int { return int(a.index - b.index) })
		s := &spotSince{spot: spot{slot: slot}}
		for i, k := range links {
			if i > 0 && k.index == links[i-1].index {
				continue // two certificates name it
			}
			s.head = receipt.Next(s.head, k.index, k.leaf)
			s.count++
		}
		if len(links) == 0 {
			continue
		}
		var err error
		if s.size, err = in.sizeAfter(links[len(links)-1].index); err != nil {
			return err
		}
		in.persons[slot] = s
	}
	return nil
}

// link is a leaf of a chain.
type link struct {
	index int64
	leaf  tlog.Hash
}

// linksOf are the leaves of the entries of a person that are there.
func (in *inspector) linksOf(person int64) (links []link, err error) {
	var rows []numbered
	err = in.tx.Query("SELECT seq, person, at, entry, nonce FROM access WHERE person = $1 AND length(entry) > 0", []any{person}, func(r *db.Row) error {
		rows = append(rows, scanNumbered(r))
		return nil
	})
	p := &prover{tx: in.tx}
	for i := 0; i < len(rows) && err == nil; i++ {
		var index int64
		var placed bool
		if index, placed, err = p.place(rows[i].seq); placed {
			links = append(links, link{index, rows[i].leaf(rows[i].seq)})
		}
	}
	return links, err
}

// sizeAfter is the size of the tree when it first had the map over a place.
func (in *inspector) sizeAfter(index int64) (int64, error) {
	for n := index >> tileHeight; ; n++ {
		data, err := readTile(in.tx, tileID{recordLevel, n})
		if err != nil || data == nil {
			return 0, err
		}
		records, _ := splitRecords(data) // faults were named already
		for i, record := range records {
			at := n<<tileHeight + int64(i)
			if _, isMap := receipt.MapRoot(record); isMap && at > index {
				return at + 1, nil
			}
		}
	}
}

// theMap compares the map with the chains of the entries, and with what the log committed to.
func (in *inspector) theMap() error {
	var spots []spot
	seen := 0
	err := in.tx.Query("SELECT slot, head, count, size FROM log_map ORDER BY slot", nil, func(r *db.Row) error {
		s, err := scanSpot(r)
		if err != nil {
			in.fault(Flipped, -1, -1, "a place in the map of persons is damaged")
			return nil
		}
		spots = append(spots, s)
		want := in.persons[s.slot]
		switch {
		case want == nil:
			in.fault(Inserted, -1, -1, "the map has a place that belongs to no entry (place %x…)", s.slot[:4])
			return nil
		case want.spot != s || want.size != r.Int64(3):
			in.fault(Flipped, -1, -1, "a person's chain of entries is not the one that the map has (place %x…)", s.slot[:4])
		}
		seen++
		return nil
	})
	if err != nil {
		return err
	}
	if seen < len(in.persons) {
		in.fault(Dropped, -1, -1, "%d persons are not in the map", len(in.persons)-seen)
	}
	if in.again.size > 0 && subtree(spots, 0).Hash != in.lastMap {
		in.fault(Flipped, -1, in.again.size-1, "the map of persons is not the one that the log committed to")
	}
	return nil
}

// others looks at entries that no index of what others did leads to: each has to be of the person themself.
func (in *inspector) others(left string) error {
	return in.tx.Query(left, nil, func(r *db.Row) error {
		e := Entry{Person: r.Int64(1)}
		if !e.decodeOwn(r.Bytes(2)) {
			in.fault(Dropped, r.Int64(0), -1, "entry %d is not in the index of what others did; the page of who looked does not show it", r.Int64(0))
		}
		return nil
	})
}

// index looks at the indexes through which a person's entries are found. That by person is a table of its
// own in SQLite, which alone can lack something.
func (in *inspector) index() error {
	if in.tx.Dialect() != db.SQLite {
		return in.others("SELECT seq, person, entry FROM access WHERE own AND length(entry) > 0")
	}
	err := in.others(`SELECT a.seq, a.person, a.entry FROM access a, access_run u WHERE a.seq <= u.upto AND length(a.entry) > 0
		AND NOT EXISTS (SELECT 1 FROM access_other p WHERE p.person = a.person AND p.seq = a.seq)`)
	if err != nil {
		return err
	}
	err = in.tx.Query(`SELECT a.seq FROM access a, access_run u WHERE a.seq <= u.upto AND length(a.entry) > 0
		AND NOT EXISTS (SELECT 1 FROM access_person p WHERE p.person = a.person AND p.seq = a.seq)`, nil, func(r *db.Row) error {
		in.fault(Dropped, r.Int64(0), -1, "entry %d is not in the index by person; nobody is shown it", r.Int64(0))
		return nil
	})
	if err != nil {
		return err
	}
	for _, table := range []string{"access_person", "access_other"} {
		err = in.tx.Query("SELECT p.seq FROM "+table+" p WHERE NOT EXISTS (SELECT 1 FROM access a WHERE a.seq = p.seq AND a.person = p.person)", nil, func(r *db.Row) error {
			in.fault(Inserted, r.Int64(0), -1, "an index by person has an entry %d that is not that person's", r.Int64(0))
			return nil
		})
		if err != nil {
			return err
		}
	}
	rows := 0
	err = in.tx.Query("SELECT upto FROM access_run", nil, func(*db.Row) error { rows++; return nil })
	if err == nil && rows != 1 {
		in.fault(Dropped, -1, -1, "up to where the index by person is whole is not known")
	}
	return err
}
