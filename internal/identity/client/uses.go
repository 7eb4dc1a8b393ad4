package client

import (
	"context"
	"embed"
	"io/fs"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What a program that asks by itself uses data for is chosen by the operator
// who lets it in, once and for all: it stands in every session of the program,
// and in the access log of everybody whose data it was given. A program that
// changed its purpose would be another program.

//go:embed uses/*.sql
var usesSteps embed.FS

func migrateUses(ctx context.Context, d *db.DB) error {
	files, err := fs.Sub(usesSteps, "uses")
	if err != nil {
		return err
	}
	return d.Migrate(ctx, "identity/client/uses", files)
}

// usesColumn is what the client of a row uses data for, NULL for the service's
// own work.
const usesColumn = "(SELECT u.purpose FROM client_use u WHERE u.client = c.id)"

// readUses reads usesColumn. What can not be read is refused: it must not become
// the service's own work.
func readUses(r *db.Row, column int) (access.Purpose, error) {
	if r.Null(column) {
		return access.Unstated, nil
	}
	if p, ok := access.PurposeByName(r.Text(column)); ok && p == access.Research {
		return p, nil
	}
	return access.Unstated, problem.New(problem.Internal, "What this program uses data for can't be read, so it gets none. Let it in anew.")
}

func insertUses(tx *db.Tx, c Client) error {
	if c.Uses == access.Unstated {
		return nil
	}
	_, err := tx.Exec("INSERT INTO client_use (client, purpose) VALUES ($1, $2)", c.ID, c.Uses.String())
	return err
}

// checkUses refuses uses that nobody can register for.
func (s Spec) checkUses() error {
	switch {
	case s.Uses == access.Unstated:
		return nil
	case s.Uses != access.Research:
		return bad("A program is let in for the service's own work, or for research and planning. Choose one of them.").Because("client-uses")
	case len(s.Grants) != 1 || !s.Grants.has(ClientCredentials):
		return bad("A program for research and planning asks by itself, and for nobody who signs in. Leave out the addresses to send people back to.").Because("client-uses-people")
	}
	return nil
}
