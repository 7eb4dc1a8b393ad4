package portal

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/quality"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/record"
)

// counts lets the site's queue count and check.
func (s *site) counts() {
	s.t.Helper()
	quality.Handle(quality.Config{Queue: s.queue, Log: s.kept, Now: s.clock.now, Open: func(ctx context.Context, who access.Who) (quality.Session, error) {
		return s.door.Open(ctx, who, record.About{}, access.Operations)
	}})
}

func TestOperatorsSeeWorkAndWhatIsMissing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, _ := hospitalOf(t, d)
		s.kit()
		op.get("/operator").shows(http.StatusOK, "Work in the background", "What is missing in the record", "The access log", "Organisations and who works there")
		op.get("/operator/jobs").shows(http.StatusOK, "Nothing was asked for lately.")
		op.get("/operator/quality").shows(http.StatusOK, "Not counted yet", "Loads that did not work 0")
		op.get("/operator/access-log").shows(http.StatusOK, "The log is not signed yet", "Not checked yet", "No witness has signed yet.")
		s.proves()

		at := op.send("/operator/quality").Header().Get("Location")
		if !strings.HasPrefix(at, "/operator/jobs/") {
			t.Fatalf("it leads to %q", at)
		}
		op.get(at).shows(http.StatusOK, "It was asked for.", "Counting what is missing", "Waiting", "Look again")
		if again := op.send("/operator/quality").Header().Get("Location"); again != at {
			t.Errorf("asked twice, it leads to %q and %q", at, again)
		}
		stop := op.send("/operator/access-log").Header().Get("Location")
		op.get(stop+"/stop").shows(http.StatusOK, "Stop this work", "Checking the access log")
		op.send(stop + "/stop").to(stop)
		op.get(stop).shows(http.StatusOK, "It was asked to stop.", "Stopped")
		op.send(stop + "/stop").to(stop) // twice does no harm

		s.works(quality.CountKind)
		a := op.get("/operator/quality")
		a.shows(http.StatusOK, "Counted on 3 May 2026", "Codes that somebody has to judge 0")
		for _, kind := range []string{s.words.Kinds["Observation"] + " 3 1 0", s.words.Kinds["AllergyIntolerance"] + " 2 2 0"} {
			a.shows(http.StatusOK, kind)
		}
		a.hides("Penicillin", "Kit Marsh", "Potassium")
		op.get("/operator/jobs").shows(http.StatusOK, "Counting what is missing", "Done all of it", "Checking the access log", "Stopped")
		op.get("/operator/jobs/12345").shows(http.StatusNotFound)
		op.get("/operator/jobs/x").shows(http.StatusNotFound)
	})
}

func TestOperatorsSeeHowTheLogStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, _ := hospitalOf(t, d)
		s.proves()
		s.kit()
		if err := s.kept.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		op.send("/operator/access-log")
		s.works(quality.LogKind)
		a := op.get("/operator/access-log")
		a.shows(http.StatusOK, "Entries that were signed for", "Checked on 3 May 2026", "Nothing. Entries that were read:", "reviews")
		a.hides("The last check is more than a month old.", "not signed yet")
	})
}

// What a job was asked about is nobody's to read here, and only operators see any.
func TestWhoSeesWorkInTheBackground(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		id, err := s.queue.Add(t.Context(), jobs.Spec{Kind: "erase-record", By: access.Operator("account:x"), Purpose: access.Operations, Args: []byte("Kit Marsh 9990001006")})
		op.must(err)
		at := "/operator/jobs/" + strings.TrimPrefix(op.get("/operator/jobs").find(`"(/operator/jobs/[0-9]+)"`), "/operator/jobs/")
		op.get(at).shows(http.StatusOK, "Erasing a record", "account:x")
		op.get(at).hides("Kit Marsh", "9990001006")
		p := s.hire(op, org, "Ada", staff.Clinician)
		p.workAs(staff.Clinician)
		for _, path := range []string{"/operator/jobs", at, at + "/stop", "/operator/quality", "/operator/access-log"} {
			p.get(path).shows(http.StatusForbidden)
		}
		for _, path := range []string{at + "/stop", "/operator/quality", "/operator/access-log"} {
			p.send(path).shows(http.StatusForbidden)
		}
		if st, err := s.queue.Get(t.Context(), id); err != nil || st.State != jobs.Waiting {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

func (a *album) aboutRunning(s *site, op *person) {
	a.add("GET /operator/jobs", "some", op.get("/operator/jobs"))
	a.add("GET /operator/quality", "not counted", op.get("/operator/quality"))
	a.add("GET /operator/access-log", "not checked", op.get("/operator/access-log"))
	at := op.send("/operator/quality").Header().Get("Location")
	a.add("GET /operator/jobs/{id}", "news", op.get(at))
	a.add("GET /operator/jobs/{id}/stop", "asks", op.get(at+"/stop"))
	a.add("POST /operator/jobs/{id}/stop", "not there", op.send("/operator/jobs/1/stop"))
	op.send(at + "/stop").to(at)
	a.add("GET /operator/jobs/{id}", "stopped", op.get(at))
	a.add("GET /operator/jobs/{id}", "not there", op.get("/operator/jobs/1"))
}
