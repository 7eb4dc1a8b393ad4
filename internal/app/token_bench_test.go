package app

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/smart"
	"github.com/bevanhealth/bevan/internal/web"
)

// BenchmarkReadWithAToken is a read of a resource by a program, with its token
// looked at as it is for everybody, and with a door that takes their word for
// who they are. The difference is what tokens cost a read.
func BenchmarkReadWithAToken(b *testing.B) {
	p := newPlant(b, place{Data: filepath.Join(b.TempDir(), "data")}, "system/Patient.rs", "system/Observation.rs")
	p.fill()
	token := p.token("system/Patient.rs")
	c := serveCommand{Base: plantIssuer + "/fhir", MaxBody: 1 << 20, LogPath: "off"}
	provider, err := c.provider(p.h, nil, "")
	if err != nil {
		b.Fatal(err)
	}
	checked := c.fhir(p.h, provider, slog.New(slog.DiscardHandler))
	who, err := provider.Verify(b.Context(), smart.Presented{Scheme: "Bearer", Token: token, Method: "GET", Path: "/Patient/sam"})
	if err != nil {
		b.Fatal(err)
	}
	trusting := fhirapi.New(fhirapi.Config{
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (fhirapi.Session, error) {
			return p.h.door.Open(ctx, who, record.About{Patient: patient}, why)
		},
		Verify:   func(context.Context, fhirapi.Presented) (access.Who, error) { return who, nil },
		Registry: p.h.door.Registry, Base: c.Base, MaxBody: c.MaxBody, Log: slog.New(slog.DiscardHandler),
	})
	// In turns, so that what else the machine does falls on both.
	const turn = 50
	var took [2]time.Duration
	var plants [2]plant
	for i, door := range []*fhirapi.Server{checked, trusting} {
		server, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		server.MountBounded("/fhir/", door.Handle, door.WriteError)
		plants[i] = *p
		plants[i].handler = server.Handler()
	}
	for range b.N {
		for i := range plants {
			before := spent(b)
			for range turn {
				if w := plants[i].fhir("GET", "/Patient/sam", token, ""); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
			took[i] += spent(b) - before
		}
	}
	each := func(d time.Duration) float64 { return float64(d) / 1e3 / float64(b.N*turn) }
	b.ReportMetric(each(took[0]), "cpu-us/read")
	b.ReportMetric(each(took[0]-took[1]), "cpu-us-added/read")
}

// spent is what the processors did for this process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
