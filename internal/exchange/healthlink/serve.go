package healthlink

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of what strangers send, and of what they are told.
const (
	mostAsked     = 8 << 10 // bytes of a request
	mostRecipient = 100     // characters
	ticketLife    = 10 * time.Minute
)

// Rule is what the access log calls the ground of an opening.
const Rule = "health-link"

// asked is a manifest request (Links Specification, "SMART Health Link Manifest
// Request").
type asked struct {
	Recipient string `json:"recipient"`
	Passcode  string `json:"passcode"`
	Most      *int   `json:"embeddedLengthMax"`
}

type (
	manifest struct {
		Files []file `json:"files"`
	}
	file struct {
		ContentType string `json:"contentType"`
		Embedded    string `json:"embedded,omitempty"`
		Location    string `json:"location,omitempty"`
	}
)

// Handle answers whoever opens a link; it is a web.Handler. Readers are pages and
// programs of others, so any origin may ask: a link carries its own secret.
func (l *Links) Handle(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	address, ticket, isFile := strings.Cut(strings.TrimPrefix(r.URL.Path, Path), "/file/")
	if isFile {
		return l.fetch(w, r, address, ticket)
	}
	switch r.Method {
	case http.MethodPost:
		return l.open(w, r, address)
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	// Whether there is such a link is told to nobody who does not open it.
	h.Set("Allow", "POST, OPTIONS")
	w.WriteHeader(http.StatusMethodNotAllowed)
	return nil
}

// WriteError writes an error as JSON; it is a web.ErrorWriter.
func (l *Links) WriteError(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	switch problem.KindOf(err) {
	case problem.NotFound:
		status = http.StatusNotFound
	case problem.Invalid:
		status = http.StatusBadRequest
	case problem.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case problem.TooMany:
		status = http.StatusTooManyRequests
	case problem.Unavailable, problem.Timeout:
		status = http.StatusServiceUnavailable
	}
	answer(w, status, map[string]string{"error": problem.Sentence(err)})
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a reader that went away can not be told
}

// over is one answer for a link that never was, that ended and that was stopped.
func over() error {
	return problem.New(problem.NotFound, "This link can not be opened. It may have ended. Ask whoever gave it to you for a new one.")
}

func readAsked(r *http.Request) (a asked, err error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, mostAsked+1))
	switch {
	case err != nil:
		return a, problem.Wrap(problem.Invalid, "The request did not arrive whole. Send it again.", err)
	case len(b) > mostAsked:
		return a, problem.New(problem.TooLarge, "The request is too long. Send only recipient, passcode and embeddedLengthMax.")
	case json.Unmarshal(b, &a) != nil:
		return a, problem.New(problem.Invalid, "The request is no JSON that can be read. Send recipient, and a passcode where there is one.")
	}
	if a.Recipient = cleaned(a.Recipient); a.Recipient == "" {
		return a, problem.New(problem.Invalid, "Say in recipient who opens the link. The person will see it.")
	}
	return a, nil
}

// cleaned is what somebody calls themself, as one short line.
func cleaned(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)), " ")
	if all := []rune(s); len(all) > mostRecipient {
		return string(all[:mostRecipient])
	}
	return s
}

// row is what of a link decides about an opening.
type row struct {
	id, account, patient string
	person               int64
	passcode, file       []byte
	ends, most, opened   int64
	wrong, until         int64
	ticket               []byte
}

func (x *row) scan(r *db.Row) error {
	*x = row{id: r.Text(0), account: r.Text(1), patient: r.Text(2), person: r.Int64(3), ends: r.Int64(6), most: r.Int64(7), opened: r.Int64(8), wrong: r.Int64(9), until: r.Int64(11)}
	for i, into := range map[int]*[]byte{4: &x.passcode, 5: &x.file, 10: &x.ticket} {
		if !r.Null(i) {
			*into = append([]byte{}, r.Bytes(i)...)
		}
	}
	return nil
}

const decides = "SELECT id, account, patient, person, passcode, file, ends, most, opened, wrong, ticket, until FROM healthlink WHERE address = $1"

// find reads a link that is not over.
func (l *Links) find(tx *db.Tx, address string) (x row, err error) {
	found, err := tx.One(decides, []any{digest(address)}, x.scan)
	if err == nil && (!found || x.file == nil || l.cfg.Now().Unix() >= x.ends) {
		err = over()
	}
	return x, err
}

// opened is how an opening went.
type opened struct {
	x      row
	left   int64 // tries, after a wrong passcode
	wrong  bool
	ticket string
}

// open answers a manifest request. What is counted is counted before the answer
// leaves, and the access log has it.
func (l *Links) open(w http.ResponseWriter, r *http.Request, address string) error {
	a, err := readAsked(r)
	if err != nil {
		return err
	}
	o, err := l.count(r.Context(), address, a)
	if err != nil {
		return err
	}
	if o.wrong {
		answer(w, http.StatusUnauthorized, map[string]int64{"remainingAttempts": o.left})
		return nil
	}
	if err := l.log(r.Context(), o.x); err != nil {
		return err
	}
	f := file{ContentType: fileType, Embedded: string(o.x.file)}
	if o.ticket != "" {
		f.Embedded, f.Location = "", l.cfg.Origin+Path+address+"/file/"+o.ticket
	}
	answer(w, http.StatusOK, manifest{[]file{f}})
	return nil
}

// count finds a link, tries the passcode and counts the opening, all at once: of
// many who ask at the same time no more are let in than may be.
func (l *Links) count(ctx context.Context, address string, a asked) (o opened, err error) {
	var x row
	if err := l.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) { x, err = l.find(tx, address); return err }); err != nil {
		return o, err
	}
	if err := l.cfg.Still(ctx, x.account, x.patient); err != nil {
		if problem.Is(err, problem.Forbidden) {
			return o, over()
		}
		return o, err
	}
	now := l.cfg.Now()
	err = l.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		o = opened{}
		// The row is taken first, so that two who ask at once come one after the other.
		if _, err := tx.Exec("UPDATE healthlink SET wrong = wrong WHERE address = $1", digest(address)); err != nil {
			return err
		}
		if o.x, err = l.find(tx, address); err != nil {
			return err
		}
		if o.x.opened >= o.x.most {
			return over()
		}
		if o.x.passcode != nil && !hmac.Equal(o.x.passcode, coded(address, a.Passcode)) {
			o.wrong, o.left = true, max(wrongTries-o.x.wrong-1, 0)
			keep := "file"
			if o.left == 0 {
				keep = "NULL"
			}
			_, err := tx.Exec("UPDATE healthlink SET wrong = wrong + 1, file = "+keep+" WHERE id = $1", o.x.id)
			return err
		}
		if a.Most != nil && len(o.x.file) > *a.Most {
			o.ticket = base64.RawURLEncoding.EncodeToString(random32())
			if _, err := tx.Exec("UPDATE healthlink SET ticket = $2, until = $3 WHERE id = $1", o.x.id, digest(o.ticket), now.Add(ticketLife).Unix()); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE healthlink SET opened = opened + 1 WHERE id = $1", o.x.id); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO healthlink_opening (link, n, at, recipient) VALUES ($1, $2, $3, $4)", o.x.id, o.x.opened+1, now.Unix(), a.Recipient)
		return err
	})
	return o, err
}

// log writes an opening into the access log, about the person. Who opened it is
// known by the link alone.
func (l *Links) log(ctx context.Context, x row) error {
	err := l.cfg.Log.Append(ctx, audit.Entry{
		Who: access.Who{Actor: "link:" + x.id, Kind: access.Client, Role: access.RoleSelf, Patient: x.patient}, Purpose: access.Own,
		Person: x.person, Verb: access.Read, Type: "Composition", Rule: Rule, Rules: access.RulesVersion, Outcome: http.StatusOK, Total: -1, Bytes: int64(len(x.file))})
	if err != nil {
		return problem.Wrap(problem.Unavailable, "", err)
	}
	return nil
}

// fetch hands out the file of an opening whose reader wanted it by itself.
func (l *Links) fetch(w http.ResponseWriter, r *http.Request, address, ticket string) error {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	var x row
	if err := l.cfg.DB.Read(r.Context(), func(tx *db.Tx) (err error) { x, err = l.find(tx, address); return err }); err != nil {
		return err
	}
	if x.ticket == nil || l.cfg.Now().Unix() >= x.until || !hmac.Equal(x.ticket, digest(ticket)) {
		return over()
	}
	if err := l.cfg.Still(r.Context(), x.account, x.patient); err != nil {
		if problem.Is(err, problem.Forbidden) {
			return over()
		}
		return err
	}
	if err := l.log(r.Context(), x); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jose")
	w.Header().Set("Content-Length", strconv.Itoa(len(x.file)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(x.file) // a reader that went away can not be told
	return nil
}
