package proof

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
)

// By is a member of staff who acts: as whom, in which role, for whom. Whoever
// makes one has checked that they do work there in that role now.
type By struct {
	Account      string
	Role         string // as identity/staff names it
	Organisation string
	Place        string // the id of their place there
}

func (b By) actor() string { return "account:" + b.Account }

// mayProve says whether somebody may check documents at a desk.
func (b By) mayProve() error {
	if b.Account != "" && (b.Role == "administrator" || b.Role == "care-coordinator" || b.Role == "clinician") {
		return nil
	}
	return problem.New(problem.Forbidden, "In this role you can not check who somebody is. Choose the role of clinician, care coordinator or administrator, if you have it.").Because("role-no-check")
}

// mayDecide says whether somebody may link and unlink records.
func (b By) mayDecide() error {
	if b.Account != "" && b.Role == "administrator" {
		return nil
	}
	return problem.New(problem.Forbidden, "In this role you can not link records to accounts. Choose the role of administrator, if you have it.").Because("role-no-link")
}

// Seen is a record that staff may choose from.
type Seen struct {
	match.Candidate
	// Rule is the rule that it meets.
	Rule string
	// Taken says that an account has it.
	Taken bool
}

// maxShown bounds how many records are shown to choose from: whoever sees more
// has typed too little.
const maxShown = 10

// Trace finds the records that somebody at a desk may be, by the rules of the
// trace, restricted ones too. more says that there are others.
func (p *Proofs) Trace(ctx context.Context, by By, claimed match.Details) (seen []Seen, more bool, err error) {
	if err := by.mayProve(); err != nil {
		return nil, false, err
	}
	found, all, err := p.Find.Find(ctx, by.actor(), claimed)
	if err != nil {
		return nil, false, err
	}
	m := p.Rules.Trace(claimed, found)
	more = !all
	for _, f := range m.Candidates {
		if len(seen) == maxShown {
			return seen, true, nil
		}
		s, err := p.see(ctx, f, found)
		if err != nil {
			return nil, false, err
		}
		seen = append(seen, s)
	}
	return seen, more, nil
}

func (p *Proofs) see(ctx context.Context, f match.Found, found []match.Candidate) (Seen, error) {
	s := Seen{Rule: f.Rule}
	for _, c := range found {
		if c.Patient == f.Patient {
			s.Candidate = c
		}
	}
	owner, err := p.ownerOf(ctx, f.Patient)
	s.Taken = owner != ""
	return s, err
}

// OwnerOf is the account that a record is linked to, "" for none. patient is the
// logical id of the record.
func (p *Proofs) OwnerOf(ctx context.Context, patient string) (string, error) {
	return p.ownerOf(ctx, patient)
}

// ownerOf is the account that has a record; "" for none.
func (p *Proofs) ownerOf(ctx context.Context, patient string) (owner string, err error) {
	err = p.DB.Query(ctx, "SELECT account FROM record_owner WHERE patient = $1", []any{patient}, func(r *db.Row) error { owner = r.Text(0); return nil })
	return owner, err
}

// The bounds of a linking code.
const (
	codeBytes = 13 // 104 bits: 21 letters, of which 20 are shown
	codeSize  = 20 // letters of five bits
	codeLife  = 14 * 24 * time.Hour
	codeTries = 5 // dates of birth, of some 40,000
	maxPapers = 4
)

// Code is a linking code as it is printed, once.
type Code struct {
	Code string // in groups of five
	Ends time.Time
}

// Issue gives out a linking code for a record, after a member of staff looked
// at documents and compared the photograph on one of them with the person. By
// compared they say that they did.
func (p *Proofs) Issue(ctx context.Context, by By, patient string, docs []Document, compared bool) (Code, error) {
	if err := by.mayProve(); err != nil {
		return Code{}, err
	}
	docs, kinds, err := p.papersOf(docs, compared)
	if err != nil {
		return Code{}, err
	}
	c, err := p.Find.Patient(ctx, by.actor(), patient)
	if err != nil {
		return Code{}, err
	}
	birth, ok := ReadDate(c.Birth)
	switch {
	case c.Replaced:
		return Code{}, problem.New(problem.Conflict, "This record was merged into another one, or is not in use. Find the person again.").Because("record-not-used")
	case c.Deceased:
		return Code{}, problem.New(problem.Conflict, "This record says that the person has died. Have the record mended first.").Because("record-died")
	case !ok || birth != c.Birth:
		return Code{}, problem.New(problem.Conflict, "This record has no whole date of birth, which the person has to type with the code. Have the record mended first.").Because("record-no-birth")
	}
	plain := random(codeBytes)[:codeSize]
	hash, id, now := codeHash(plain), newID(), p.Now()
	code := Code{Code: plain[:5] + " " + plain[5:10] + " " + plain[10:15] + " " + plain[15:], Ends: moment(now.Add(codeLife).Unix())}
	code.Code = strings.ToUpper(code.Code)
	err = p.write(ctx, func(t *tx) error {
		_, err := t.Exec(`INSERT INTO linking_code (hash, id, patient, birth, level, methods, made_by, place, organisation, made, ends)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, hash[:], id, c.Patient, p.birthOf(id, birth), int64(account.P9),
			joined([]Method{ByDocument, ByPhoto}), by.actor(), by.Place, by.Organisation, now.Unix(), code.Ends.Unix())
		if err != nil {
			return err
		}
		for i, d := range docs {
			number := p.numberOf(d)
			if err := t.unused(number, c.Patient); err != nil {
				return err
			}
			_, err := t.Exec("INSERT INTO proofing_evidence (event, position, kind, list, issuer, strength, number, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				id, int64(i), d.Kind, p.papers.ID, d.Issuer, int64(kinds[i].Strength), number, d.Until)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Code{}, err
	}
	return code, nil
}

// numberOf is the keyed hash of a document's number. Who issued it is written in
// many ways, so it is left out: two documents of one kind and number are one.
func (p *Proofs) numberOf(d Document) int64 { return int64(p.numberHash.SumParts(d.Kind, d.Number)) }

// unused refuses a document that stands for somebody else already: it is
// somebody else's, or there are two records of one person.
func (t *tx) unused(number int64, patient string) error {
	other, err := t.One(`SELECT 1 FROM proofing_evidence e LEFT JOIN proofing_event p ON p.id = e.event LEFT JOIN linking_code c ON c.id = e.event
		WHERE e.number = $1 AND coalesce(p.ended, 0) = 0 AND coalesce(p.patient, c.patient, $2) <> $2`, []any{number, patient}, func(*db.Row) error { return nil })
	if err == nil && other {
		err = problem.New(problem.Conflict, "This document was used for another record. Check the number. If it is right, ask an administrator: there may be two records of one person.").Because("paper-taken")
	}
	return err
}

// papersOf checks the documents: one of them has a photograph, is strong
// enough, and was compared.
func (p *Proofs) papersOf(docs []Document, compared bool) ([]Document, []Paper, error) {
	if len(docs) == 0 || len(docs) > maxPapers {
		return nil, nil, problem.New(problem.Invalid, "Give one to four documents.").Because("papers-count")
	}
	out, kinds := make([]Document, len(docs)), make([]Paper, len(docs))
	strong := false
	for i, d := range docs {
		var err error
		if out[i], kinds[i], err = p.papers.check(d, p.Now()); err != nil {
			return nil, nil, err
		}
		strong = strong || p.papers.compares(kinds[i])
	}
	switch {
	case !strong:
		return nil, nil, problem.New(problem.Invalid, "One of the documents has to be strong and have a photo, such as a passport. Ask for another one.").Because("papers-photo")
	case !compared:
		return nil, nil, problem.New(problem.Invalid, "Compare the photo with the person, and say that it is them.").Because("papers-compare")
	}
	return out, kinds, nil
}

// birthOf is the keyed hash of a birth date for one code. Without the ring
// nobody can try dates.
func (p *Proofs) birthOf(code, birth string) int64 { return int64(p.birthHash.SumParts(code, birth)) }

func codeHash(plain string) [sha256.Size]byte { return sha256.Sum256([]byte("linking\x00" + plain)) }

// readCode reads what a person typed from paper: capitals, blanks and dashes
// are let go, and letters that look like a digit are that digit.
func readCode(typed string) (plain string, ok bool) {
	if len(typed) > 4*codeSize {
		return "", false
	}
	var b strings.Builder
	for _, c := range strings.ToLower(typed) {
		switch c {
		case ' ', '-', '\t', '\n', '\r':
			continue
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		if !strings.ContainsRune(letters, c) {
			return "", false
		}
		b.WriteRune(c)
	}
	return b.String(), b.Len() == codeSize
}

// Choose reads the record that somebody at a desk was found to be.
func (p *Proofs) Choose(ctx context.Context, by By, patient string) (Seen, error) {
	if err := by.mayProve(); err != nil {
		return Seen{}, err
	}
	c, err := p.Find.Patient(ctx, by.actor(), patient)
	if err != nil {
		return Seen{}, err
	}
	return p.see(ctx, match.Found{Patient: c.Patient}, []match.Candidate{c})
}
