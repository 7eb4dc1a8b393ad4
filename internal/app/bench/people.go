package bench

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/sim"
)

// crowd is a made-up region as files, and what there is to ask about it.
type crowd struct {
	dir       string
	resources int
	bytes     int64

	keys     []string // Type/id, a sample
	series   []series // a sample
	patients []string // ids, a sample
	numbers  []string // NHS numbers, a sample
	midsize  []string // patients with about three hundred resources
	bodies   [][]byte // Observations, a sample
	codes    map[string]int

	rnd  *rand.Rand
	seen map[string]int // how many of each sample went by
}

// series is what one patient has of one Observation code.
type series struct{ patient, code string }

// sampled bounds each sample.
const sampled = 20_000

func newCrowd(dir string) (*crowd, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &crowd{dir: dir, codes: map[string]int{}, seen: map[string]int{}, rnd: rand.New(rand.NewPCG(3, 5))}, nil
}

// today is the last day of the made-up lives; fixed, so that every run has the
// same people.
func today() sim.Day { return sim.Date(2026, 6, 30) }

// sample keeps a fair choice of what goes by (reservoir sampling).
func sample[T any](c *crowd, name string, list []T, limit int, one func() T) []T {
	n := c.seen[name]
	c.seen[name]++
	if len(list) < limit {
		return append(list, one())
	}
	if i := c.rnd.IntN(n + 1); i < limit {
		list[i] = one()
	}
	return list
}

// bundles writes a transaction for the places, when from is 0, and one for
// each household, which is how Synthea writes its people too.
func (c *crowd) bundles(ctx context.Context, r sim.Region, from, to int) error {
	save := func(name string, b []byte) error {
		c.bytes += int64(len(b))
		return os.WriteFile(filepath.Join(c.dir, name), b, 0o600)
	}
	var buf []byte
	if from == 0 {
		buf = sim.Transaction(buf, c.counted(r.Places()))
		if err := save("0-places.json", buf); err != nil {
			return err
		}
	}
	for h := from; h < to; h++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf = sim.Transaction(buf[:0], c.counted(household(c, r, h)))
		if err := save(fmt.Sprintf("household-%07d.json", h), buf); err != nil {
			return err
		}
	}
	return nil
}

// household is everybody in it, one after the other, looked at on the way.
func household(c *crowd, r sim.Region, h int) iter.Seq[sim.Resource] {
	return func(yield func(sim.Resource) bool) {
		first, size := r.PeopleIn(h)
		for p := first; p < first+size; p++ {
			n, patient := 0, ""
			for one := range r.Person(p) {
				n++
				if one.Type == "Patient" {
					patient = one.ID
				}
				c.look(&one, patient)
				if !yield(one) {
					return
				}
			}
			if n >= 260 && n <= 330 {
				c.midsize = sample(c, "midsize", c.midsize, sampled, func() string { return patient })
			}
		}
	}
}

func (c *crowd) counted(all iter.Seq[sim.Resource]) iter.Seq[sim.Resource] {
	return func(yield func(sim.Resource) bool) {
		for one := range all {
			c.resources++
			if !yield(one) {
				return
			}
		}
	}
}

// look remembers what can be asked about a resource.
func (c *crowd) look(one *sim.Resource, patient string) {
	c.keys = sample(c, "keys", c.keys, sampled, func() string { return one.Type + "/" + one.ID })
	if one.Type != "Patient" && one.Type != "Observation" {
		return
	}
	t, err := fhir.Parse(one.JSON, fhir.Limits{})
	if err != nil {
		return // the load will say so
	}
	if one.Type == "Patient" {
		c.patients = sample(c, "patients", c.patients, sampled, func() string { return one.ID })
		for id := range t.Root().Get("identifier").Items() {
			if system := id.Get("system").Str(); system == nhsNumber {
				c.numbers = sample(c, "numbers", c.numbers, sampled, func() string { return id.Get("value").Str() })
			}
		}
		return
	}
	for code := range t.Root().Get("code").Get("coding").Items() {
		text := code.Get("system").Str() + "|" + code.Get("code").Str()
		c.codes[text]++
		c.series = sample(c, "series", c.series, sampled, func() series { return series{patient, text} })
		break
	}
	c.bodies = sample(c, "bodies", c.bodies, 2_000, func() []byte { return slices.Clone(one.JSON) })
}

const nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"

// lines writes the same people as NDJSON, a file for each type, which is how
// bulk exports come.
func (c *crowd) lines(ctx context.Context, r sim.Region) (err error) {
	files := map[string]*bufio.Writer{}
	var open []*os.File
	defer func() {
		for _, f := range open {
			err = cmp.Or(err, f.Close())
		}
	}()
	put := func(one sim.Resource) error {
		w := files[one.Type]
		if w == nil {
			f, err := os.Create(filepath.Join(c.dir, one.Type+".ndjson"))
			if err != nil {
				return err
			}
			open = append(open, f)
			w = bufio.NewWriterSize(f, 256<<10)
			files[one.Type] = w
		}
		c.resources++
		c.bytes += int64(len(one.JSON)) + 1
		_, _ = w.Write(one.JSON) // Flush tells
		return w.WriteByte('\n')
	}
	for one := range r.Places() {
		if err := put(one); err != nil {
			return err
		}
	}
	for h := range r.Households() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for one := range r.Household(h) {
			if err := put(one); err != nil {
				return err
			}
		}
	}
	for _, w := range files {
		err = cmp.Or(err, w.Flush())
	}
	return err
}

// Questions.

func (c *crowd) reads(a asker) (all [][]byte) {
	for _, k := range c.keys {
		all = append(all, a.request("GET", "/fhir/"+k, nil))
	}
	return all
}

func (c *crowd) latest(a asker) (all [][]byte) {
	for _, s := range c.series {
		all = append(all, a.request("GET", "/fhir/Observation?patient=Patient/"+s.patient+"&code="+url.QueryEscape(s.code)+"&_sort=-date", nil))
	}
	return all
}

// population asks for the ten most frequent codes from the first of each of
// the last ten years on.
func (c *crowd) population(a asker) (all [][]byte) {
	codes := slices.SortedFunc(maps.Keys(c.codes), func(x, y string) int {
		return cmp.Or(c.codes[y]-c.codes[x], cmp.Compare(x, y))
	})
	for _, code := range codes[:min(10, len(codes))] {
		for year := 2016; year <= 2025; year++ {
			all = append(all, a.request("GET", "/fhir/Observation?code="+url.QueryEscape(code)+"&date=ge"+strconv.Itoa(year)+"-01-01&_count=50", nil))
		}
	}
	return all
}

func (c *crowd) everything(a asker) (all [][]byte) {
	who := c.midsize
	if len(who) == 0 {
		who = c.patients
	}
	for _, id := range who {
		all = append(all, a.request("GET", "/fhir/Patient/"+id+"/$everything", nil))
	}
	return all
}

func (c *crowd) named(a asker) (all [][]byte) {
	for _, n := range c.numbers {
		all = append(all, a.request("GET", "/fhir/Patient?identifier="+url.QueryEscape(nhsNumber+"|"+n), nil))
	}
	return all
}

func (c *crowd) creates(a asker) (all [][]byte) {
	for _, b := range c.bodies {
		all = append(all, a.request("POST", "/fhir/Observation", b))
	}
	return all
}

// households makes transactions in which the server gives the ids, about
// people who are not there yet: the places first, then up to limit bytes.
func households(a asker, r sim.Region, limit int) (places []byte, all [][]byte, units []int) {
	r.Links = sim.ByURN
	places = a.request("POST", "/fhir", sim.Transaction(nil, r.Places()))
	for h := 0; h < r.Households() && limit > 0; h++ {
		n := 0
		body := sim.Transaction(nil, func(yield func(sim.Resource) bool) {
			for one := range r.Household(h) {
				n++
				if !yield(one) {
					return
				}
			}
		})
		all, units = append(all, a.request("POST", "/fhir", body)), append(units, n)
		limit -= len(body)
	}
	return places, all, units
}
