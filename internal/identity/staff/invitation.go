package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Invitation is a place that is offered to whoever brings its code.
type Invitation struct {
	ID   string
	Give Member // the place: its account is empty, and its name what they will be called
	Made time.Time
	By   string
	// Until is the first moment in which the code is good no more.
	Until time.Time
	// Used and Withdrawn are zero while it is neither.
	Used, Withdrawn time.Time

	tries int64
	hash  []byte
}

const (
	// invitationLife is long enough for a letter, and for a first day at work.
	invitationLife = 7 * 24 * time.Hour
	// A code is twenty letters: the first by which it is found, then 70 bits of
	// secret, which no number of tries reaches that the bounds let through.
	codeName, codeSize = 6, 20
	// invitationTries is how many wrong tries with the right name spend a code.
	invitationTries = 20
)

// Open says whether the code is good at the time.
func (i Invitation) Open(now time.Time) bool {
	return i.Used.IsZero() && i.Withdrawn.IsZero() && now.Before(i.Until) && i.tries < invitationTries && (i.Give.Ends.IsZero() || now.Before(i.Give.Ends))
}

// Invite offers a place. The code is for whoever it is meant for, is shown once
// and kept nowhere: its holder makes an account by it, or links the one that
// they have. by is the actor who does it; while they are a member of staff, the
// code is good as long as they are an operator.
func (s *Staff) Invite(ctx context.Context, m Member, by string) (_ Invitation, code string, err error) {
	if m.Name == "" {
		return Invitation{}, "", problem.New(problem.Invalid, "Say what they are called at work.").Because("staff-work-name")
	}
	if m, err = s.checked(m); err != nil {
		return Invitation{}, "", err
	}
	code = newCode()
	now := moment(s.now().Unix())
	sum := sha256.Sum256([]byte(code[codeName:]))
	i := Invitation{ID: newID(), Give: m, Made: now, By: by, Until: now.Add(invitationLife), hash: sum[:]}
	i.Give.ID = ""
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := mayPlace(tx, i.Give); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO staff_invitation (id, code, hash, name, organisation, team, role, starts, ends, made, made_by, until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			i.ID, code[:codeName], i.hash, m.Name, m.Organisation, m.Team, string(m.Role), m.Starts.Unix(), seconds(m.Ends), now.Unix(), by, i.Until.Unix())
		if err == nil {
			err = s.note(tx, Deed{Actor: by, What: InvitationMade, About: i.ID, Name: m.Name})
		}
		return err
	})
	if err != nil {
		return Invitation{}, "", err
	}
	return i, spaced(code), nil
}

func newCode() string {
	b := make([]byte, 5*codeSize/8+1)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return idText.EncodeToString(b)[:codeSize]
}

// spaced writes a code in groups of five, as people read it.
func spaced(code string) string {
	var parts []string
	for ; len(code) > 5; code = code[5:] {
		parts = append(parts, code[:5])
	}
	return strings.Join(append(parts, code), "-")
}

// readCode brings what was typed into the form of a code; what can not be one
// becomes one that nobody has.
func readCode(typed string) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	nobody := strings.Repeat("-", codeSize)
	if len(typed) > 4*codeSize {
		return nobody
	}
	s := strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "", "O", "0", "o", "0", "I", "1", "i", "1", "L", "1", "l", "1").Replace(typed))
	if len(s) != codeSize || strings.Trim(s, alphabet) != "" {
		return nobody
	}
	return s
}

// Invited gives the invitation of a code that is good now. A wrong one is
// counted; all that is refused gets the same words, in the same statements.
func (s *Staff) Invited(ctx context.Context, typed string) (i Invitation, err error) {
	code, good := readCode(typed), false
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		i, good, err = s.invited(tx, code)
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	if !good {
		return Invitation{}, notInvited()
	}
	return i, nil
}

func notInvited() error {
	return problem.New(problem.Unauthorized, "This is not an invitation that can be used. Check the code. If it was used, or is older than seven days, ask for a new one.").Because("invitation-no")
}

// invited finds the invitation of a code and holds it until the transaction
// ends. A wrong code that has the name of one counts as a try for that one.
func (s *Staff) invited(tx *db.Tx, code string) (i Invitation, good bool, err error) {
	found, err := tx.One("SELECT "+invitationColumns+" FROM staff_invitation i WHERE i.code = $1"+tx.Dialect().Pick("", " FOR UPDATE"), []any{code[:codeName]}, func(r *db.Row) error {
		i = scanInvitation(r)
		return nil
	})
	if err != nil {
		return Invitation{}, false, err
	}
	if !found {
		i.hash = make([]byte, sha256.Size)
	}
	sum := sha256.Sum256([]byte(code[codeName:]))
	wrong := 1 - subtle.ConstantTimeCompare(sum[:], i.hash)
	if _, err := tx.Exec("UPDATE staff_invitation SET tries = tries + $2 WHERE code = $1", code[:codeName], int64(wrong)); err != nil {
		return Invitation{}, false, err
	}
	stands, err := s.mayInvite(tx, i.By)
	return i, err == nil && found && wrong == 0 && stands && i.Open(s.now()), err
}

// mayInvite says whether the one who made an invitation may still do so: who
// was dismissed leaves no door open behind them. At the console is whoever
// holds the machine.
func (s *Staff) mayInvite(tx *db.Tx, by string) (bool, error) {
	account, person := strings.CutPrefix(by, Actor(""))
	stands, err := tx.One("SELECT 1"+standing+" AND m.account = $2 AND m.role = $3", []any{s.now().Unix(), account, string(Operator)}, func(*db.Row) error { return nil })
	return stands || !person, err
}

// Accept gives the place of an invitation to an account, and spends the code:
// of several who bring it at once, on any nodes, one gets the place.
func (s *Staff) Accept(ctx context.Context, typed, account string) (m Member, err error) {
	if account == "" {
		return Member{}, problem.New(problem.Unauthorized, "Sign in first, then use the invitation.").Because("invitation-sign-in")
	}
	code, good := readCode(typed), false
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var i Invitation
		if i, good, err = s.invited(tx, code); err != nil || !good {
			return err
		}
		n, err := tx.Exec("UPDATE staff_invitation SET used = $2 WHERE id = $1 AND used = 0 AND withdrawn = 0", i.ID, s.now().Unix())
		if err != nil || n == 0 {
			good = false
			return err
		}
		if m, err = s.checked(i.Give); err != nil {
			return err
		}
		m.Account, m.MadeBy = account, i.By
		if now := moment(s.now().Unix()); m.Starts.Before(now) {
			m.Starts = now
		}
		if err := s.insertMember(tx, &m); err != nil {
			return err
		}
		return s.note(tx, Deed{Actor: Actor(account), What: InvitationUsed, About: m.ID, Name: m.Name})
	})
	if err == nil && !good {
		err = notInvited()
	}
	if err != nil {
		return Member{}, err
	}
	s.cache.DropAll()
	s.nudge()
	return m, nil
}

// Withdraw makes a code good no more. Doing it twice is no error. by is the
// actor who does it.
func (s *Staff) Withdraw(ctx context.Context, by, id, reason string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var i Invitation
		found, err := tx.One("SELECT "+invitationColumns+" FROM staff_invitation i WHERE i.id = $1", []any{id}, func(r *db.Row) error { i = scanInvitation(r); return nil })
		switch {
		case err != nil:
			return err
		case !found:
			return problem.New(problem.NotFound, "There is no such invitation. Look at the list.").Because("no-invitation")
		case !i.Used.IsZero():
			return problem.New(problem.Conflict, "This invitation was used already. End the place that it gave.").Because("invitation-used")
		}
		n, err := tx.Exec("UPDATE staff_invitation SET withdrawn = $2 WHERE id = $1 AND withdrawn = 0 AND used = 0", id, s.now().Unix())
		if err != nil || n == 0 {
			return err
		}
		return s.note(tx, Deed{Actor: by, What: InvitationWithdrawn, About: id, Name: i.Give.Name, Reason: reason})
	})
}

// Invitation finds one by its id.
func (s *Staff) Invitation(ctx context.Context, id string) (i Invitation, err error) {
	found := false
	err = s.db.Query(ctx, "SELECT "+invitationColumns+" FROM staff_invitation i WHERE i.id = $1", []any{id}, func(r *db.Row) error {
		i, found = scanInvitation(r), true
		return nil
	})
	if err == nil && !found {
		err = problem.New(problem.NotFound, "There is no such invitation. Look at the list.").Because("no-invitation")
	}
	return i, err
}

// Invitations lists those for an organisation whose codes are good, the newest
// first, at most 1,000.
func (s *Staff) Invitations(ctx context.Context, org string) ([]Invitation, error) {
	var all []Invitation
	now := s.now()
	err := s.db.Query(ctx, "SELECT "+invitationColumns+" FROM staff_invitation i WHERE i.organisation = $1 AND i.used = 0 AND i.withdrawn = 0 AND i.until > $2 ORDER BY i.made DESC, i.id LIMIT $3",
		[]any{org, now.Unix(), maxListed}, func(r *db.Row) error {
			if i := scanInvitation(r); i.Open(now) {
				all = append(all, i)
			}
			return nil
		})
	return all, err
}

const invitationColumns = "i.id, i.hash, i.name, i.organisation, i.team, i.role, i.starts, i.ends, i.made, i.made_by, i.until, i.tries, i.used, i.withdrawn"

func scanInvitation(r *db.Row) Invitation {
	return Invitation{ID: r.Text(0), hash: append([]byte(nil), r.Bytes(1)...),
		Give: Member{Name: r.Text(2), Organisation: r.Text(3), Team: r.Text(4), Role: Role(r.Text(5)), Starts: moment(r.Int64(6)), Ends: moment(r.Int64(7))},
		Made: moment(r.Int64(8)), By: r.Text(9), Until: moment(r.Int64(10)), tries: r.Int64(11), Used: moment(r.Int64(12)), Withdrawn: moment(r.Int64(13))}
}
