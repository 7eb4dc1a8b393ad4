package apart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/record"
)

// exportKind is that of a question that is answered with files.
const exportKind = "export"

// perExporter is how many exports one viewer asks for in one world.
const perExporter = 12

// exports tells whether somebody may take data out: programs whose scopes name
// no search.
func (v *viewer) exports() bool { return v.who.Role == access.RoleProgram && !v.scoped }

// export makes a request for an export at one of the three levels.
func (d *dice) export() question {
	q := question{Kind: exportKind, Method: "GET"}
	switch d.of("system", "system", "patient", "group", "named") {
	case "system":
		q.Path = "/$export" + d.of("", "?_type=Observation,Condition,Patient", "?_type=Appointment,Group,List", "?_since="+d.instant(),
			"?_type=Observation&_typeFilter=Observation%3Fcode%3D"+d.of("a", "b", "c"), "?_type=Observation,Encounter&_typeFilter=Observation%3Fderived-from.status%3Dfinal")
	case "patient":
		q.Path = "/Patient/$export" + d.of("", "?_type=Observation,Condition", "?_since="+d.instant())
	case "group":
		q.Path = "/Group/" + d.id("Group") + "/$export" + d.of("", "?_type=Patient,Observation")
	case "named":
		q.Method, q.Path = "POST", "/Patient/$export"
		q.Body = `{"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":{"reference":"Patient/` + d.of(d.persons...) + `"}},{"name":"_type","valueString":"Observation,Condition,Appointment"}]}`
	}
	return q
}

// exports lets the viewer export, and gives how often they did.
func (p *pair) exports(d *dice, c *count) (done int, leak string) {
	for range perExporter {
		p.last = d.export()
		done++
		if leak = p.export(p.last, c); leak != "" {
			return done, leak
		}
	}
	return done, ""
}

// export asks for one in both stores: the manifests and the files have to be
// equal, line by line.
func (p *pair) export(q question, c *count) string {
	asks := p.twins[p.turn%len(p.twins)]
	p.turn++
	have, want := p.full.files("viewer", q), p.bare.files(asks, q)
	c.asked[q.Kind]++
	c.add(q.Kind, p.v, p.full.files("all", q) != have)
	if have != want {
		return "as files" + apartAt(have, want)
	}
	return ""
}

// takeOut lets a store do exports from now on.
func (s *shop) takeOut() {
	queue, err := jobs.Open(ctx, s.db, jobs.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	bulk := exchange.NewBulk(exchange.BulkConfig{Queue: queue, Dir: filepath.Join(s.t.TempDir(), "jobs"), Now: at,
		Open: func(ctx context.Context, who access.Who, why access.Purpose) (exchange.BulkSession, error) {
			for _, known := range s.people {
				if known.Actor == who.Behind() {
					who.Bound = known.Bound // a job finds out anew what its owner may do
				}
			}
			if s.turned != nil && who.Behind() != "free" {
				who = s.turned(who)
			}
			return s.door.Open(ctx, who, record.About{}, why)
		}})
	queue.Start(1)
	s.t.Cleanup(func() { _ = queue.Close() })
	s.queue = queue
	s.serve(bulk)
}

// files runs an export to its end. It gives the manifest and all files as one
// text, without what names the job.
func (s *shop) files(token string, q question) string {
	if s.queue == nil {
		s.takeOut()
	}
	a := s.ask(token, q)
	if a.Code != http.StatusAccepted {
		return s.read(a, true).text
	}
	path := strings.TrimPrefix(a.Header().Get("Content-Location"), base)
	job := path[strings.LastIndexByte(path, '/')+1:]
	id, err := strconv.ParseInt(job, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.queue.Watch(ctx, id, func(st jobs.Status) bool { return !st.State.Ended() }); err != nil {
		s.t.Fatal(err)
	}
	a = s.ask(token, question{Method: "GET", Path: path})
	var manifest struct {
		Output []struct{ URL string }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &manifest); err != nil || a.Code != http.StatusOK {
		s.t.Fatalf("%s: %d: %s", q, a.Code, a.Body)
	}
	var b strings.Builder
	b.WriteString(s.read(a, true).text)
	for _, f := range manifest.Output {
		fmt.Fprintln(&b)
		b.WriteString(s.read(s.ask(token, question{Method: "GET", Path: strings.TrimPrefix(f.URL, base)}), true).text)
	}
	return strings.ReplaceAll(b.String(), job, "JOB")
}
