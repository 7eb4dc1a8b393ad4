package store

import (
	"context"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// Stamp tells which version of a resource is the current one, and where it lies.
// What was read of a resource is as it was while its stamp is the same. A place
// that was left may be given to another resource, hence the transaction.
type Stamp struct {
	Row         Row
	Version, Tx int64
	By          int64 // whose word the version is: ByOperator, ByProgram
}

// Grounds is what a session has to know before it looks for anything. It is asked
// for in one statement: on PostgreSQL each one is a trip, and on SQLite each one
// takes a lock.
type Grounds struct {
	Person int64
	// Holders and Params ask for a tie: a resource of the person that names one of
	// the holders by one of the parameters, by type, whatever else it says. Tie is
	// one that was found before, which is looked at instead.
	Holders []Ref
	Params  map[string][]string
	Tie     Stamp
	// Refs are resources of which it is asked which version is the current one,
	// and where they lay when they were last looked at; row 0 is not known.
	Refs []Placed
}

// Placed is a resource and its row.
type Placed struct {
	Ref
	Row Row
}

// Footing is the answer to Grounds, as of one moment.
type Footing struct {
	// Choices is the number of the person's choices, 0 for none.
	Choices int64
	// Tie is the resource that ties them: the zero Stamp is none, or where one
	// was given, that it is not there any more.
	Tie Stamp
	// Stamps has those of Refs that are there. One that was given with a row, and
	// is not in here, may lie elsewhere.
	Stamps map[Ref]Stamp
}

// What a row of the statement tells.
const (
	tellsChoices = iota
	tellsTie
	tellsName
	tellsRow
)

// Footing answers what a session has to know.
func (s *Store) Footing(ctx context.Context, g Grounds) (Footing, error) {
	b := &builder{sql: s.db.Dialect()}
	parts := []string{"SELECT 0, p.choices, 0, 0, 0, 0 FROM person p WHERE p.person = " + b.arg(g.Person)}
	if g.Tie != (Stamp{}) {
		parts = append(parts, "SELECT 1, 0, r.row, r.ver, r.tx, 0 FROM res r WHERE r.row = "+b.arg(g.Tie.Row)+" AND r.ver = "+b.arg(g.Tie.Version)+" AND r.tx = "+b.arg(g.Tie.Tx))
	} else {
		parts = append(parts, b.ties(s.nameHashes(g.Holders), s.paramNums(g.Params), g.Person)...)
	}
	var rows, hashes []int64
	refs := make(map[int64]Ref, len(g.Refs)) // by row or hash
	for _, r := range g.Refs {
		if r.Row != 0 {
			rows, refs[r.Row] = append(rows, r.Row), r.Ref
			continue
		}
		hash := s.nameHash(r.Ref)
		hashes, refs[hash] = append(hashes, hash), r.Ref
	}
	for _, which := range b.oneByOne("r.row", rows) {
		parts = append(parts, "SELECT 3, r.row, r.row, r.ver, r.tx, r.mask FROM res r WHERE "+which)
	}
	for _, which := range b.oneByOne("n.hash", hashes) {
		parts = append(parts, "SELECT 2, n.hash, r.row, r.ver, r.tx, r.mask FROM name n JOIN res r ON r.row = n.row WHERE "+which)
	}
	f := Footing{Stamps: make(map[Ref]Stamp, len(refs))}
	err := s.db.Query(ctx, strings.Join(parts, " UNION ALL "), b.args, func(r *db.Row) error {
		stamp := Stamp{r.Int64(2), r.Int64(3), r.Int64(4), r.Int64(5) & byAny}
		switch r.Int64(0) {
		case tellsChoices:
			f.Choices = r.Int64(1)
		case tellsTie:
			f.Tie = stamp
		case tellsName, tellsRow:
			f.Stamps[refs[r.Int64(1)]] = stamp
		}
		return nil
	})
	return f, err
}

// ties look for a resource of a person that names one of some holders by one of
// some parameters.
func (b *builder) ties(holders, params []int64, person int64) (parts []string) {
	if len(holders) == 0 || len(params) == 0 {
		return nil
	}
	low, high := b.arg(FirstRow(person)), b.arg(FirstRow(person+1))
	by := b.oneByOne("l.param", params)
	for _, holder := range b.oneByOne("n.hash", holders) {
		for _, param := range by {
			parts = append(parts, "SELECT * FROM (SELECT 1, 0, r.row, r.ver, r.tx, 0 FROM name n JOIN link l ON l.target = n.row JOIN res r ON r.row = l.row WHERE "+holder+" AND "+param+
				" AND l.row >= "+low+" AND l.row < "+high+" AND r.body IS NOT NULL LIMIT 1) t")
		}
	}
	return parts
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
