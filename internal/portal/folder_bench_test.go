package portal

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/sim"
)

// The two records that the pages are measured with.
const (
	fewEntries  = 200
	manyEntries = 20_000
)

// writes is what puts many entries at once, as an operator.
func (s *site) writes(b testing.TB) (put func(texts ...[]byte)) {
	b.Helper()
	door, err := s.door.Open(b.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		b.Fatal(err)
	}
	return func(texts ...[]byte) {
		var ops []record.Op
		for _, text := range texts {
			t, err := fhir.Parse(text, fhir.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			ops = append(ops, record.Op{Method: record.Put, Key: record.Key{Type: t.Root().Get("resourceType").Str(), ID: t.Root().Get("id").Str()}, Body: t, Ensure: true})
		}
		_, err := door.Transact(b.Context(), ops)
		for problem.Is(err, problem.Conflict) { // the same places are named by all
			_, err = door.Transact(b.Context(), ops)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// stock writes so many entries into a record. Of three tests one is of all sizes
// of records the same (350 values, as far as there is room), one has a tenth of
// all entries, and one is rare.
func (s *site) stock(b *testing.B, id string, n int) {
	b.Helper()
	put := s.writes(b)
	value := func(code, name, unit string, v float64) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":"%%s","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"%s"}],"text":"%s"},"effectiveDateTime":"%%sT09:30:00Z","valueQuantity":{"value":%.1f,"unit":"%s","system":"http://unitsofmeasure.org","code":"%s"},"referenceRange":[{"low":{"value":50,"unit":"%s"},"high":{"value":100,"unit":"%s"}}],"performer":[{"display":"Hill Laboratory"}],"subject":{"reference":"Patient/%%s"}}`, code, name, v, unit, unit, unit, unit)
	}
	others := []string{
		`{"resourceType":"MedicationRequest","id":"%s","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg"},"authoredOn":"%s","requester":{"display":"Hill Surgery"},"subject":{"reference":"Patient/%s"}}`,
		`{"resourceType":"Condition","id":"%s","code":{"text":"Sore knee"},"recordedDate":"%s","subject":{"reference":"Patient/%s"}}`,
		`{"resourceType":"Encounter","id":"%s","status":"finished","class":{"code":"AMB"},"type":[{"text":"Check of the eyes"}],"period":{"start":"%s"},"subject":{"reference":"Patient/%s"}}`,
		`{"resourceType":"DocumentReference","id":"%s","status":"current","type":{"text":"Letter"},"date":"%sT10:00:00Z","content":[{"attachment":{"title":"A letter"}}],"subject":{"reference":"Patient/%s"}}`,
	}
	var texts [][]byte
	rare := 0
	for i := range n {
		kind := others[i/2%len(others)]
		switch {
		case i%10 == 0:
			kind = value("8867-4", "Pulse", "/min", float64(60+i%37))
		case i%2 == 0 && rare < 20:
			rare++
			kind = value("718-7", "Haemoglobin", "g/L", float64(60+i%37))
		case i%2 == 0:
			kind = value(fmt.Sprintf("%d-1", 1000+i%97), fmt.Sprintf("Test %d", i%97), "mmol/L", float64(60+i%37))
		}
		day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -(i*7919)%9000)
		texts = append(texts, fmt.Appendf(nil, kind, fmt.Sprintf("%s%d", id, i), day.Format(time.DateOnly), id))
		if len(texts) == 1000 || i == n-1 {
			put(texts...)
			texts = nil
		}
	}
}

// looksAt writes so many entries of the log about somebody: of ten, nine are
// their own.
func (s *site) lookedAtBy(b *testing.B, p *person, other *person, patient string, n int) {
	b.Helper()
	s.looks()
	p.get("/record/timeline")
	other.get("/staff/people/" + patient + "/timeline")
	var own, theirs audit.Entry
	for _, e := range s.looks() {
		switch {
		case e.Verb != access.Search || e.Outcome != http.StatusOK:
		case e.Purpose == access.Own:
			own = e
		case e.Purpose == access.Care:
			theirs = e
		}
	}
	if own.Person == 0 || theirs.Person != own.Person {
		b.Fatalf("%+v %+v", own, theirs)
	}
	var all []audit.Entry
	for i := range n {
		e := own
		if i%10 == 0 {
			e = theirs
		}
		e.At = e.At.Add(-time.Duration(n-i) * time.Minute)
		all = append(all, e)
		if len(all) == 500 || i == n-1 {
			if err := s.kept.Append(b.Context(), all...); err != nil {
				b.Fatal(err)
			}
			all = nil
		}
	}
}

// neighbours loads so many made-up people beside those who are measured.
func (s *site) neighbours(b *testing.B, people int) {
	b.Helper()
	region := sim.Region{Seed: 7, People: people, Today: sim.Date(2026, 11, 1), Depth: 1}
	work := make(chan [][]byte, 4)
	var wait sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 3 {
		wait.Go(func() {
			put := s.writes(b)
			for some := range work {
				put(some...)
				mu.Lock()
				total += len(some)
				mu.Unlock()
			}
		})
	}
	var some [][]byte
	for r := range region.Places() {
		some = append(some, r.JSON)
	}
	for h := range region.Households() {
		for r := range region.Household(h) {
			some = append(some, r.JSON)
		}
		if len(some) > 1000 {
			work <- some
			some = nil
		}
	}
	work <- some
	close(work)
	wait.Wait()
	b.Logf("%d resources of %d other people", total, people)
}

// folderPages are the pages that are measured. The floor is a page of somebody
// who is signed in that asks the record nothing.
var folderPages = [][2]string{
	{"floor", "/account/results"},
	{"home", "/"},
	{"timeline", "/record/timeline"},
	{"words", "/record/timeline?words=knee"},
	{"summary", "/record/summary"},
	{"medicines", "/record/medicines"},
	{"results", "/record/results"},
	{"laboratory", "/record/results?of=laboratory"},
	{"rare test", "/record/results/loinc%7C718-7"},
	{"common test", "/record/results/loinc%7C8867-4"},
	{"together", "/record/results/together?test=loinc%7C718-7&test=loinc%7C8867-4"},
	{"who looked", "/record/looked"},
	{"who, all", "/record/looked?whose=all"},
}

// took is how long one page took, each time.
type took []time.Duration

func (t took) at(q float64) float64 {
	slices.Sort(t)
	return float64(t[int(q*float64(len(t)-1))]) / 1e6
}

// processor is the time that the process has had: other work on the machine
// changes it least.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The pages of a record of 200 entries and of one of 20,000, in one store and in
// turn, so that whatever else the machine does falls on all alike: through the
// whole plant, with their entries on the log. It prints a table, in milliseconds:
// of a page the sizes of both records, questions (entries of the access log) and
// how many times as long as an empty page, and the processor time
// of this process. BEVAN_LOAD_PEOPLE is how many made-up
// people there are beside them, BEVAN_FOLDER_PAGES which pages, by their names.
func BenchmarkFolder(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchFolder(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchFolder(b, dbtest.Postgres(b)) })
}

func benchFolder(b *testing.B, d *db.DB) {
	s := open(b, d, origin)
	s.setUp()
	if people, _ := strconv.Atoi(os.Getenv("BEVAN_LOAD_PEOPLE")); people > 0 {
		s.neighbours(b, people)
	}
	noor := s.join("Noor")
	noor.works("Noor", "clinician")
	who := map[int]*person{}
	for _, n := range []int{fewEntries, manyEntries} {
		id := "gwen" + strconv.Itoa(n)
		who[n] = s.linked("Gwen", id)
		s.stock(b, id, n)
		s.lookedAtBy(b, who[n], noor, id, n)
	}
	var pages [][2]string
	for _, page := range folderPages {
		if only := os.Getenv("BEVAN_FOLDER_PAGES"); only == "" || page[0] == "floor" || slices.Contains(strings.Split(only, ","), page[0]) {
			pages = append(pages, page)
		}
	}
	got := s.timed(b, pages, who)
	var table strings.Builder
	fmt.Fprintf(&table, "%-12s %8s %9s %8s %8s %8s %8s %8s\n", "page", "entries", "questions", "bytes", "p50 ms", "p99 ms", "cpu ms", "floors")
	for _, page := range pages {
		for _, n := range []int{fewEntries, manyEntries} {
			k := pageOfRecord{page[0], n}
			fmt.Fprintf(&table, "%-12s %8d %9d %8d %8.2f %8.2f %8.2f %8.1f\n", page[0], n, got.questions[k], got.size[k], got.times[k].at(.5), got.times[k].at(.99), got.busy[k].at(.5), got.times[k].at(.5)/got.times[pageOfRecord{"floor", n}].at(.5))
		}
		fmt.Fprintf(&table, "%-12s many/few %.2f, cpu %.2f\n", "", got.times[pageOfRecord{page[0], manyEntries}].at(.5)/got.times[pageOfRecord{page[0], fewEntries}].at(.5), got.busy[pageOfRecord{page[0], manyEntries}].at(.5)/got.busy[pageOfRecord{page[0], fewEntries}].at(.5))
	}
	fmt.Print(table.String()) // the log of a benchmark is cut
}

// pageOfRecord is a page of a record of so many entries.
type pageOfRecord struct {
	page string
	n    int
}

// timings are what pages took, asked and weighed.
type timings struct {
	times, busy     map[pageOfRecord]took
	questions, size map[pageOfRecord]int
}

// timed loads pages in turn, for each whose record it is, as often as the benchmark
// says.
func (s *site) timed(b *testing.B, pages [][2]string, who map[int]*person) timings {
	b.Helper()
	out := timings{map[pageOfRecord]took{}, map[pageOfRecord]took{}, map[pageOfRecord]int{}, map[pageOfRecord]int{}}
	for b.Loop() {
		for _, page := range pages {
			for n, p := range who {
				s.looks()
				from, since := processor(b), time.Now()
				a := p.get(page[1])
				k := pageOfRecord{page[0], n}
				out.times[k] = append(out.times[k], time.Since(since))
				out.busy[k] = append(out.busy[k], processor(b)-from)
				if a.Code != http.StatusOK {
					b.Fatalf("%s: %d %s", page[1], a.Code, a.text())
				}
				out.questions[k], out.size[k] = len(s.looks()), a.Body.Len()
			}
		}
	}
	return out
}
