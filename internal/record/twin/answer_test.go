package twin

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// answer lists what a query finds, in no order.
func (w world) answer(q query) []*thing {
	var out []*thing
	a := &asking{w, map[pair]map[*thing]bool{}}
	for _, r := range w.sorted() {
		if len(q.types) > 0 && !slices.Contains(q.types, r.typ) || q.inTyp != "" && !w.inCompartment(r, q.inTyp, q.inID) {
			continue
		}
		ok := true
		for _, p := range q.pairs {
			ok = ok && (control(p.name) || a.meets(r, p.name, p.value))
		}
		if ok {
			out = append(out, r)
		}
	}
	return out
}

// control tells whether a parameter says how to answer, not what to find.
func control(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	return slices.Contains([]string{"_sort", "_count", "_total", "_summary", "_include", "_revinclude"}, name)
}

// rank is what a resource sorts by for one key; none comes last.
type rank struct {
	text  string
	num   fhir.Decimal
	at    int64
	there bool
}

func (a rank) compare(b rank) int {
	// Numbers that agree in their first 15 digits may stand in any order.
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.num.Float64(), b.num.Float64()), strings.Compare(a.text, b.text))
}

// rankOf takes the least value where the key ascends, the greatest where it
// descends.
func rankOf(r *thing, key string) rank {
	code, down := strings.CutPrefix(key, "-")
	switch code {
	case "_id":
		return rank{text: r.id, there: true}
	case "_lastUpdated":
		return rank{at: r.at, there: true}
	}
	p := table[r.typ][code]
	best := rank{}
	for _, v := range r.values(p) {
		x := rankValue(p.kind, v)
		if c := x.compare(best); !best.there || c < 0 && !down || c > 0 && down {
			best = x
		}
	}
	return best
}

func rankValue(kind string, v val) rank {
	switch kind {
	case "date":
		return rank{at: v.low, there: true}
	case "number", "quantity":
		return rank{num: v.num, there: true}
	case "string":
		return rank{text: fold(v.str), there: true}
	case "token":
		if v.code == "" && len(v.texts) > 0 {
			return rank{text: fold(v.texts[0]), there: true}
		}
		return rank{text: v.code, there: true}
	case "reference":
		if v.ident {
			return rank{text: v.code, there: true}
		}
		to, _, _ := strings.Cut(v.str, "/_history/")
		return rank{text: to, there: true}
	}
	return rank{text: v.str, there: true}
}

// follows tells whether b may stand behind a in the order of the keys.
func follows(keys []string, a, b *thing) bool {
	for _, k := range keys {
		x, y := rankOf(a, k), rankOf(b, k)
		c := 0
		switch {
		case !x.there || !y.there:
			c = cmp.Compare(number(!x.there), number(!y.there))
		case strings.HasPrefix(k, "-"):
			c = y.compare(x)
		default:
			c = x.compare(y)
		}
		if c != 0 {
			return c < 0
		}
	}
	return true
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// included gives what _include and _revinclude bring along with the resources
// of one page, and what :iterate brings along with those.
func (w world) included(q query, page []*thing) map[string]bool {
	seen, out := map[*thing]bool{}, map[string]bool{}
	for _, r := range page {
		seen[r] = true
	}
	for fresh, first := page, true; len(fresh) > 0; first = false {
		var next []*thing
		for _, p := range q.pairs {
			name, mod, _ := strings.Cut(p.name, ":")
			if name != "_include" && name != "_revinclude" || !first && mod != "iterate" {
				continue
			}
			for _, t := range w.along(name == "_revinclude", p.value, fresh) {
				if !seen[t] {
					seen[t] = true
					out[t.key()] = true
					next = append(next, t)
				}
			}
		}
		fresh = next
	}
	return out
}

func (w world) along(reverse bool, value string, from []*thing) []*thing {
	f := append(strings.Split(value, ":"), "*", "")
	typ, code, target := f[0], f[1], f[2]
	if target == "*" {
		target = ""
	}
	var out []*thing
	for _, r := range w.sorted() {
		if typ != "*" && r.typ != typ || !reverse && !slices.Contains(from, r) {
			continue
		}
		for c, p := range table[r.typ] {
			if p.kind != "reference" || code != "*" && c != code {
				continue
			}
			for _, to := range w.follow(r, p) {
				switch {
				case target != "" && to.typ != target:
				case !reverse:
					out = append(out, to)
				case slices.Contains(from, to):
					out = append(out, r)
				}
			}
		}
	}
	return out
}
