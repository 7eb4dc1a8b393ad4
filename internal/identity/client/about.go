package client

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// About is what the operator wrote down about a client for those whom it asks.
type About struct {
	// Owner is who runs it, as the operator checked.
	Owner string
	// Purpose is what the client says that it wants data for. It is the
	// client's own word, and is shown as that.
	Purpose string
}

// maxAbout bounds each text of About, in characters.
const maxAbout = 300

// Describe writes down what is said of a client. It takes the place of what was
// said before.
func (c *Clients) Describe(ctx context.Context, client string, a About) error {
	a.Owner, a.Purpose = strings.TrimSpace(a.Owner), strings.TrimSpace(a.Purpose)
	for _, text := range []string{a.Owner, a.Purpose} {
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxAbout || strings.ContainsFunc(text, unicode.IsControl) {
			return problem.New(problem.Invalid, "Who runs a client, and what for, are one line each of up to 300 characters. Write less.").Because("client-about")
		}
	}
	if a.Owner == "" {
		return problem.New(problem.Invalid, "Say who runs the client. People are told before they allow it anything.").Because("client-owner")
	}
	return c.db.Write(ctx, func(tx *db.Tx) error {
		known, err := tx.One("SELECT 1 FROM client WHERE id = $1", []any{client}, func(*db.Row) error { return nil })
		if err == nil && !known {
			err = noClient()
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO client_about (client, owner, purpose) VALUES ($1, $2, $3) ON CONFLICT (client) DO UPDATE SET owner = excluded.owner, purpose = excluded.purpose",
			client, a.Owner, a.Purpose)
		return err
	})
}

// AboutClient is what was written down about a client; the zero About where
// nothing was.
func (c *Clients) AboutClient(ctx context.Context, client string) (a About, err error) {
	err = c.db.Query(ctx, "SELECT owner, purpose FROM client_about WHERE client = $1", []any{client}, func(r *db.Row) error {
		a = About{r.Text(0), r.Text(1)}
		return nil
	})
	return a, err
}
