package label

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.csv
var files embed.FS

// entry is what a code means.
type entry struct{ labels, services Set }

// codes are those of one system.
type codes struct {
	name     string
	fold     bool // capital letters, no dots
	counts   bool // a code that is not here is a new kind
	security bool // its codes are labels
	exact    map[string]entry
	under    map[string]entry
	lengths  []int // of what is in under, longest first
}

// Tables are the tables in force. They do not change.
type Tables struct {
	version string
	systems map[string]*codes // by URI
	names   map[string]*codes // by short name
	loose   map[string]*codes // by loosely(URI)
	roles   map[string]role
}

// Version names the content of the tables that came with this program.
func (t *Tables) Version() string { return t.version }

// Built gives the tables that came with this program. That they can be read is
// tested.
var Built = sync.OnceValue(func() *Tables {
	t, err := build(func(name string) ([]byte, error) { return files.ReadFile("data/" + name) })
	if err != nil {
		panic(err)
	}
	return t
})

func build(read func(name string) ([]byte, error)) (*Tables, error) {
	t := &Tables{systems: map[string]*codes{}, names: map[string]*codes{}, loose: map[string]*codes{}}
	sum := sha256.New()
	src, err := read("systems.csv")
	if err != nil {
		return nil, err
	}
	sum.Write(src)
	if err := eachLine(src, []string{"name", "uris", "compare", "review", "source"}, t.addSystem); err != nil {
		return nil, fmt.Errorf("systems.csv: %w", err)
	}
	for _, name := range []string{"codes.csv", "services.csv", "ordinary.csv", "security.csv"} {
		src, err := read(name)
		if err != nil {
			return nil, err
		}
		sum.Write(src)
		rows, err := ReadTable(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, r := range rows {
			sys := t.names[r.System]
			if sys == nil {
				return nil, fmt.Errorf("%s: there is no code system %s", name, r.System)
			}
			sys.add(r, name == "services.csv")
		}
	}
	t.finish()
	t.version = "1-" + hex.EncodeToString(sum.Sum(nil)[:8])
	return t, nil
}

func (t *Tables) addSystem(f []string) error {
	if f[0] == "" || f[4] == "" || f[2] != "exact" && f[2] != "fold" || f[3] != "yes" && f[3] != "no" || t.names[f[0]] != nil {
		return errors.New("it needs a name of its own, a way to compare, whether new codes are reviewed, and a source")
	}
	c := &codes{name: f[0], fold: f[2] == "fold", counts: f[3] == "yes", exact: map[string]entry{}, under: map[string]entry{}}
	c.security = f[0] == "ACT" || f[0] == "CONF" || f[0] == "OURS"
	t.names[f[0]] = c
	for uri := range strings.FieldsSeq(f[1]) {
		if t.systems[uri] != nil {
			return fmt.Errorf("%s is two systems", uri)
		}
		t.systems[uri], t.loose[loosely(uri)] = c, c
	}
	return nil
}

func (c *codes) add(r Row, service bool) {
	e := entry{labels: r.Labels}
	if service {
		e.services = r.Labels.service()
	}
	code, into := r.Code, c.exact
	if c.fold {
		code = folded([]byte(code))
	}
	if r.Under {
		into = c.under
	}
	old := into[code]
	into[code] = entry{old.labels | e.labels, old.services | e.services}
}

func (t *Tables) finish() {
	for _, c := range t.names {
		lengths := map[int]bool{}
		for code := range c.under {
			lengths[len(code)] = true
		}
		c.lengths = slices.SortedFunc(maps.Keys(lengths), func(a, b int) int { return b - a })
	}
	if types := t.names["TYPE"]; types != nil {
		t.roles = rolesOf(types.exact)
	}
}

// find gives what a code means; known is false for one that is in no row. A
// code under several rows has the labels of all of them.
func (c *codes) find(code []byte) (e entry, known bool) {
	if c.fold {
		code = []byte(folded(code))
	}
	e, known = c.exact[string(code)]
	for _, n := range c.lengths {
		if n > len(code) {
			continue
		}
		if u, ok := c.under[string(code[:n])]; ok {
			e.labels, e.services, known = e.labels|u.labels, e.services|u.services, true
		}
	}
	if !known && c.name == "SCT" {
		return c.expression(code)
	}
	return e, known
}

// expression reads a SNOMED CT expression (several concepts with signs between
// them): it has the labels of every concept in it.
func (c *codes) expression(code []byte) (e entry, known bool) {
	all := true
	for len(code) > 0 {
		n := 0
		for n < len(code) && code[n] >= '0' && code[n] <= '9' {
			n++
		}
		if n == 0 {
			code = code[1:]
			continue
		}
		if n >= 6 && n <= 18 {
			u, ok := c.exact[string(code[:n])]
			e.labels, e.services, known, all = e.labels|u.labels, e.services|u.services, true, all && ok
		}
		code = code[n:]
	}
	return e, known && all
}

// folded is a code of a classification in capital letters and without dots.
func folded(code []byte) string {
	out := make([]byte, 0, 16)
	for _, c := range code {
		switch {
		case c == '.' || c == ' ':
			continue
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// system finds a code system by its URI, written a little otherwise too.
func (t *Tables) system(uri []byte) *codes {
	if c := t.systems[string(uri)]; c != nil {
		return c
	}
	if ofHL7(uri) {
		return nil
	}
	return t.loose[loosely(string(uri))]
}

// ofHL7 tells, without work, of the systems that are met most and are in no
// table.
func ofHL7(uri []byte) bool {
	const begin = "http://terminology.hl7.org/CodeSystem/"
	if len(uri) < len(begin) || string(uri[:len(begin)]) != begin {
		return string(uri) == "http://unitsofmeasure.org"
	}
	for _, c := range uri[len(begin):] {
		if c == '|' || c == '/' || c <= ' ' {
			return false
		}
	}
	return true
}

// loosely is a URI in small letters, without what people add to it: a slash, a
// version, the edition of SNOMED CT.
func loosely(uri string) string {
	uri, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(uri)), "|")
	uri = strings.TrimRight(uri, "/ ")
	if rest, ok := strings.CutPrefix(uri, "https://"); ok {
		uri = "http://" + rest
	}
	if strings.HasPrefix(uri, "http://snomed.info/sct/") {
		return "http://snomed.info/sct"
	}
	return uri
}

// bare looks a label up that came without its code system.
func (t *Tables) bare(code []byte) Set {
	var s Set
	for _, name := range []string{"ACT", "CONF", "OURS"} {
		e, _ := t.names[name].find(code)
		s |= e.labels
	}
	return s
}
