package store

import (
	"context"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// Stamp tells which version of a resource is the current one, and where it lies.
// What was read of a resource is as it was while its stamp is the same.
type Stamp struct {
	Row     Row
	Version int64
	By      int64 // whose word the version is: ByOperator, ByProgram
}

// Grounds is what a session has to know before it looks for anything. It is asked
// for in one statement: on PostgreSQL each one is a trip, and on SQLite each one
// takes a lock.
type Grounds struct {
	Person int64
	// Holders and Params ask for a tie: whether a resource of the person names one
	// of the holders by one of the parameters, by type, whatever else it says.
	Holders []Ref
	Params  map[string][]string
	// Refs are resources of which it is asked which version is the current one.
	Refs []Ref
}

// Footing is the answer to Grounds, as of one moment.
type Footing struct {
	// Choices is the number of the person's choices, 0 for none.
	Choices int64
	Tied    bool
	// Stamps has those of Refs that are there.
	Stamps map[Ref]Stamp
}

// What a row of the statement tells.
const (
	tellsChoices = iota
	tellsTie
	tellsStamp
)

// Footing answers what a session has to know.
func (s *Store) Footing(ctx context.Context, g Grounds) (Footing, error) {
	b := &builder{sql: s.db.Dialect()}
	q := "SELECT 0, p.choices, 0, 0, 0 FROM person p WHERE p.person = " + b.arg(g.Person)
	if nums := s.paramNums(g.Params); len(nums) > 0 && len(g.Holders) > 0 {
		q += " UNION ALL SELECT 1, 0, 0, 0, 0 WHERE " + b.tie(s.nameHashes(g.Holders), nums, g.Person)
	}
	byHash := make(map[int64]Ref, len(g.Refs))
	hashes := s.nameHashes(g.Refs)
	for i, r := range g.Refs {
		byHash[hashes[i]] = r
	}
	for _, which := range b.oneByOne("n.hash", hashes) {
		q += " UNION ALL SELECT 2, n.hash, r.row, r.ver, r.mask FROM name n JOIN res r ON r.row = n.row WHERE " + which
	}
	f := Footing{Stamps: make(map[Ref]Stamp, len(g.Refs))}
	err := s.db.Query(ctx, q, b.args, func(r *db.Row) error {
		switch r.Int64(0) {
		case tellsChoices:
			f.Choices = r.Int64(1)
		case tellsTie:
			f.Tied = true
		case tellsStamp:
			f.Stamps[byHash[r.Int64(1)]] = Stamp{r.Int64(2), r.Int64(3), r.Int64(4) & byAny}
		}
		return nil
	})
	return f, err
}

// tie is the condition that a resource of a person names one of some holders by
// one of some parameters.
func (b *builder) tie(holders, params []int64, person int64) string {
	var all []string
	low, high := b.arg(FirstRow(person)), b.arg(FirstRow(person+1))
	by := b.oneByOne("l.param", params)
	for _, holder := range b.oneByOne("n.hash", holders) {
		for _, param := range by {
			all = append(all, "EXISTS (SELECT 1 FROM name n JOIN link l ON l.target = n.row JOIN res r ON r.row = l.row WHERE "+holder+" AND "+param+
				" AND l.row >= "+low+" AND l.row < "+high+" AND r.body IS NOT NULL)")
		}
	}
	return strings.Join(all, " OR ")
}

func (s *Store) nameHashes(refs []Ref) []int64 {
	hashes := make([]int64, len(refs))
	for i, r := range refs {
		hashes[i] = s.nameHash(r)
	}
	return hashes
}

// mostSpelled is how many numbers oneByOne spells out.
const mostSpelled = 4

// oneByOne gives conditions on x of which one holds for each of some numbers. For a
// list, databases make a table first, which takes longer than to look up a
// handful of rows: so a few numbers get a condition each.
func (b *builder) oneByOne(x string, list []int64) (conditions []string) {
	if len(list) > mostSpelled {
		return []string{b.oneOf(x, list)}
	}
	for _, n := range list {
		conditions = append(conditions, x+" = "+b.arg(n))
	}
	return conditions
}
