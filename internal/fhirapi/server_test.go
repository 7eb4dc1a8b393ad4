package fhirapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/web"
)

// served is the FHIR server over a real record, as the application wires it.
type served struct {
	handler http.Handler
	api     *fhirapi.Server
	door    *record.Door
	bulk    *exchange.Bulk
	queue   *jobs.Queue
	imports string
	program access.Rights // of the programs that ask for exports
	inbox   *event.Inbox
}

// operator is who the token "operator" belongs to; "stranger" is a person whom
// no rule gives anything.
func verify(_ context.Context, p fhirapi.Presented) (access.Who, error) {
	switch p.Token {
	case "operator":
		return access.Operator("token:test"), nil
	case "other":
		return access.Operator("token:other"), nil
	case "stranger":
		return access.Who{Actor: "person:1", Kind: access.Person, Role: access.RoleResearcher}, nil
	}
	if who, ok := signedIn(p.Token); ok {
		return who, nil
	}
	return access.Who{}, problem.New(problem.Unauthorized, "This token is not known. Ask the operator for a new one.")
}

func newServer(t testing.TB, d *db.DB) *served {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	ring, err := seal.Create(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	door, err := record.New(ctx, record.Config{DB: d, Log: log, Ring: ring, Base: "http://example.com/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.Open(ctx, d, jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{door: door, queue: queue, imports: filepath.Join(dir, "imports")}
	if err := os.Mkdir(s.imports, 0o700); err != nil {
		t.Fatal(err)
	}
	s.bulk = exchange.NewBulk(exchange.BulkConfig{Queue: queue, Dir: filepath.Join(dir, "jobs"), ImportDir: s.imports,
		Open: func(ctx context.Context, who access.Who, why access.Purpose) (exchange.BulkSession, error) {
			if who.Role == access.RoleOperator {
				who.Bound = access.AllTypes(access.AllVerbs)
			}
			if who.Role == access.RoleProgram && who.Kind == access.Work {
				who.Bound = s.program
			}
			return door.Open(ctx, who, record.About{}, why)
		}})
	queue.Start(1)
	t.Cleanup(func() { _ = queue.Close() })
	if s.inbox, err = event.Open(ctx, event.Config{DB: d, Ring: ring}); err != nil {
		t.Fatal(err)
	}
	s.api = fhirapi.New(fhirapi.Config{
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (fhirapi.Session, error) {
			return door.Open(ctx, who, record.About{Patient: patient}, why)
		},
		Verify: verify, Registry: door.Registry, Bulk: s.bulk, Messages: s.inbox, Version: "test",
	})
	plant, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	plant.Mount("/fhir/", s.api.Handle, s.api.WriteError)
	s.handler = plant.Handler()
	return s
}
