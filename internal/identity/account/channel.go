package account

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Channel is an address at which a person is told of what happens to their
// account. Several accounts may have the same one: it names nobody.
type Channel struct {
	ID       string
	Medium   notify.Medium
	Address  string
	Verified time.Time // zero until a code that was sent there came back
	Added    time.Time
}

const (
	maxChannels   = 5
	channelDigits = 6
	channelTries  = 5 // of 1,000,000 codes
	channelLife   = 15 * time.Minute
)

// readAddress brings an address into the one form in which it is compared.
func readAddress(m notify.Medium, s string) (string, error) {
	s = strings.TrimSpace(s)
	switch m {
	case notify.Email:
		s = strings.ToLower(s)
		local, domain, ok := strings.Cut(s, "@")
		bad := func(c rune) bool {
			return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`<>,;:"\()[]`, c)
		}
		if ok && len(s) <= 254 && utf8.ValidString(s) && local != "" && len(local) <= 64 && !strings.Contains(domain, "@") &&
			strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsFunc(s, bad) {
			return s, nil
		}
		return "", problem.New(problem.Invalid, "This is not an e-mail address, such as ann@example.org. Check it and type it again.").Because("not-email")
	case notify.Phone:
		plain := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(s)
		if rest, ok := strings.CutPrefix(plain, "00"); ok {
			plain = "+" + rest
		}
		if rest, ok := strings.CutPrefix(plain, "+"); ok && 7 <= len(rest) && len(rest) <= 15 && rest[0] != '0' && strings.Trim(rest, "0123456789") == "" {
			return plain, nil // as E.164 writes it
		}
		return "", problem.New(problem.Invalid, "This is not a telephone number with its country, such as +44 7700 900123. Check it and type it again.").Because("not-phone")
	}
	return "", problem.New(problem.Invalid, "An address is an e-mail address or a telephone number. Choose one of them.").Because("not-address")
}

func (a *Accounts) addressOf(m notify.Medium, address string) int64 {
	return int64(a.addressHash.SumParts(string(m), address))
}

func (a *Accounts) codeOf(channel, code string) int64 {
	return int64(a.codeHash.SumParts(channel, code))
}

// AddChannel adds an address and sends it a code. It counts once the code came
// back. The answer is the same whoever else has the address.
func (a *Accounts) AddChannel(ctx context.Context, s Session, m notify.Medium, address string) (Channel, error) {
	if err := a.may(s, ChangeChannels); err != nil {
		return Channel{}, err
	}
	address, err := readAddress(m, address)
	if err != nil {
		return Channel{}, err
	}
	c := Channel{ID: randomText(10), Medium: m, Address: address, Added: whole(a.now())}
	var refused error
	err = a.write(ctx, func(t *tx) error {
		refused = nil // a refusal keeps what was counted
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		if refused, err = a.maySend(t, s.Account, m, address); err != nil || refused != nil {
			return err
		}
		var n int64
		if _, err := t.One("SELECT count(*) FROM account_channel WHERE account = $1", []any{s.Account}, func(dr *db.Row) error { n = dr.Int64(0); return nil }); err != nil {
			return err
		}
		if n >= maxChannels {
			refused = problem.New(problem.Conflict, "You have five addresses, which is the most. Remove one first.").Because("most-addresses")
			return nil
		}
		key, err := a.key(s.Account, r.wrapped)
		if err != nil {
			return err
		}
		code := randomDigits(channelDigits)
		_, err = t.Exec(`INSERT INTO account_channel (id, account, medium, sealed, hash, code, ends, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, s.Account, string(m), key.Seal(nil, []byte(address), sealedAs("channel", c.ID)), a.addressOf(m, address),
			a.codeOf(c.ID, code), a.now().Add(channelLife).Unix(), c.Added.Unix())
		if err != nil {
			return err
		}
		return a.out.Put(t.Tx, notify.Message{Medium: m, Address: address, Kind: notify.ConfirmAddress, Code: code, At: a.now()})
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Channel{}, err
	}
	return c, nil
}

// maySend bounds messages by the account that asks and by the address that
// gets them.
func (a *Accounts) maySend(t *tx, account string, m notify.Medium, address string) (refused, err error) {
	mine, err := a.allow(t, slotAccountCodes, account, codesByAccount)
	if err != nil {
		return nil, err
	}
	theirs, err := a.allow(t, slotAddressCodes, string(m)+"\x00"+address, codesByAddress)
	if err != nil {
		return nil, err
	}
	if !mine || !theirs {
		return problem.New(problem.TooMany, "Too many codes were sent. Wait ten minutes, then try again.").Because("too-many-codes"), nil
	}
	return nil, nil
}

// ConfirmChannel takes the code that came back. After five wrong ones the code
// is good no more, and the address has to be added again. The other addresses
// are told.
func (a *Accounts) ConfirmChannel(ctx context.Context, s Session, id, typed string) error {
	typed, form := readDigits(typed, channelDigits)
	right := false
	err := a.write(ctx, func(t *tx) error {
		right = false
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		n, err := t.Exec("UPDATE account_channel SET tries = tries + 1 WHERE id = $1 AND account = $2 AND verified = 0 AND tries < $3 AND ends > $4",
			id, s.Account, int64(channelTries), a.now().Unix())
		if err != nil || n == 0 || !form {
			return err
		}
		n, err = t.Exec("UPDATE account_channel SET verified = $3, code = 0 WHERE id = $1 AND code = $2", id, a.codeOf(id, typed), a.now().Unix())
		if err != nil || n == 0 {
			return err
		}
		right = true
		return a.tell(t, r, notify.AddressAdded)
	})
	if err == nil && !right {
		err = problem.New(problem.Invalid, "This is not the code, or it is too old. Check it, or add the address again to get a new one.").Because("address-code")
	}
	return err
}

// RemoveChannel takes an address away; it and the others are told.
func (a *Accounts) RemoveChannel(ctx context.Context, s Session, id string) error {
	if err := a.may(s, ChangeChannels); err != nil {
		return err
	}
	return a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		var verified bool
		found, err := t.One("SELECT verified FROM account_channel WHERE id = $1 AND account = $2", []any{id, s.Account}, func(dr *db.Row) error {
			verified = dr.Int64(0) != 0
			return nil
		})
		if err != nil {
			return err
		}
		if !found {
			return problem.New(problem.NotFound, "You have no address with this id. Look at the list again.").Because("no-address")
		}
		if verified {
			if err := a.tell(t, r, notify.AddressRemoved); err != nil {
				return err
			}
		}
		_, err = t.Exec("DELETE FROM account_channel WHERE id = $1 AND account = $2", id, s.Account)
		return err
	})
}

// Channels lists an account's addresses, the oldest first.
func (a *Accounts) Channels(ctx context.Context, account string) ([]Channel, error) {
	r, err := a.read(ctx, account)
	if err != nil {
		return nil, err
	}
	var all []Channel
	err = a.db.Read(ctx, func(t *db.Tx) error {
		all, err = a.channels(&tx{db.Watch(t, a.trace)}, r)
		return err
	})
	return all, err
}

func (a *Accounts) channels(t *tx, r row) ([]Channel, error) {
	if r.State == Closed {
		return nil, nil
	}
	key, err := a.key(r.ID, r.wrapped)
	if err != nil {
		return nil, err
	}
	var all []Channel
	err = t.Query("SELECT id, medium, sealed, verified, added FROM account_channel WHERE account = $1 ORDER BY added, id", []any{r.ID}, func(dr *db.Row) error {
		c := Channel{ID: dr.Text(0), Medium: notify.Medium(dr.Text(1)), Verified: moment(dr.Int64(3)), Added: moment(dr.Int64(4))}
		address, err := key.Open(nil, dr.Bytes(2), sealedAs("channel", c.ID))
		c.Address = string(address)
		all = append(all, c)
		return err
	})
	return all, err
}

// tell writes one message to every verified address, in the transaction of what
// it tells of.
func (a *Accounts) tell(t *tx, r row, k notify.Kind) error {
	all, err := a.channels(t, r)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Verified.IsZero() {
			continue
		}
		if err := a.out.Put(t.Tx, notify.Message{Medium: c.Medium, Address: c.Address, Kind: k, At: a.now()}); err != nil {
			return err
		}
	}
	return nil
}
