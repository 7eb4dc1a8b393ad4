package twin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

const (
	base   = "http://127.0.0.1/fhir"
	nowAt  = int64(1_700_000_000_000_000) // 2023-11-14, for the prefix ap
	second = int64(1_000_000)
)

// thing is one resource.
type thing struct {
	typ, id string
	root    fhir.Node
	at      int64 // last changed, microseconds
	read    map[*param][]val
}

// values are those of a parameter, worked out once.
func (r *thing) values(p *param) []val {
	vs, ok := r.read[p]
	if !ok {
		if r.read == nil {
			r.read = map[*param][]val{}
		}
		vs = values(r.root, p)
		r.read[p] = vs
	}
	return vs
}

func (r *thing) key() string { return r.typ + "/" + r.id }

// world is all resources that somebody may see.
type world map[string]*thing

// sorted lists them in the order of their names.
func (w world) sorted() []*thing {
	var out []*thing
	for _, r := range w {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *thing) int { return strings.Compare(a.key(), b.key()) })
	return out
}

// cut splits at sep where no backslash stands in front.
func cut(s string, sep byte) []string {
	parts := []string{""}
	for i := 0; i < len(s); i++ {
		last := &parts[len(parts)-1]
		switch {
		case s[i] == '\\' && i+1 < len(s):
			*last += s[i : i+2]
			i++
		case s[i] == sep:
			parts = append(parts, "")
		default:
			*last += s[i : i+1]
		}
	}
	return parts
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\|`, `|`, `\$`, `$`)

// asking is the answering of one query. It remembers which resources answer the
// far end of a reverse chain.
type asking struct {
	world
	refs map[pair]map[*thing]bool
}

// meets decides one name=value of a query for one resource.
func (w *asking) meets(r *thing, name, value string) bool {
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return w.referredToBy(r, rest, value)
	}
	if head, rest, ok := strings.Cut(name, "."); ok {
		return w.leadsTo(r, head, rest, value)
	}
	code, mod, _ := strings.Cut(name, ":")
	switch code {
	case "_id":
		found := slices.Contains(cut(value, ','), r.id)
		return found != (mod == "not")
	case "_lastUpdated":
		return slices.ContainsFunc(cut(value, ','), func(s string) bool { return inTime(val{low: r.at, high: r.at + 1}, s) })
	case "_list":
		return w.onList(r, value)
	case "_text":
		return hasWords(r.root.Get("text").Get("div"), value)
	case "_content":
		return hasWords(r.root, value)
	}
	p := table[r.typ][code]
	if p == nil {
		return false
	}
	if p.kind == "composite" {
		return slices.ContainsFunc(cut(value, ','), func(s string) bool { return pairs(r.root, p, s) })
	}
	vs := r.values(p)
	if mod == "missing" {
		return (value == "true") == (len(vs) == 0)
	}
	found := slices.ContainsFunc(cut(value, ','), func(s string) bool {
		return slices.ContainsFunc(vs, func(v val) bool { return agrees(p, mod, v, s) })
	})
	return found != (mod == "not")
}

func hasWords(n fhir.Node, value string) bool {
	there := map[string]bool{}
	wordsOf(n, there)
	return slices.ContainsFunc(cut(value, ','), func(s string) bool {
		for _, word := range strings.Fields(fold(unescaper.Replace(s))) {
			if !there[word] {
				return false
			}
		}
		return true
	})
}

// pairs wants one element in which every component agrees.
func pairs(root fhir.Node, p *param, s string) bool {
	wanted := cut(s, '$')
	for _, b := range p.bases {
		elements := []fhir.Node{root}
		if b != "." {
			elements = nodes(root, strings.Split(b, "."))
		}
		for _, e := range elements {
			all := true
			for i := range p.parts {
				part := &p.parts[i]
				all = all && slices.ContainsFunc(values(e, part), func(v val) bool { return agrees(part, "", v, wanted[i]) })
			}
			if all {
				return true
			}
		}
	}
	return false
}

// follow lists the resources that a reference parameter of r leads to.
func (w world) follow(r *thing, p *param) []*thing {
	var out []*thing
	for _, v := range r.values(p) {
		if v.ident {
			continue
		}
		to, _ := place(v.str)
		if t := w[to]; t != nil {
			out = append(out, t)
		}
	}
	return out
}

func (w *asking) leadsTo(r *thing, head, rest, value string) bool {
	code, typ, _ := strings.Cut(head, ":")
	p := table[r.typ][code]
	if p == nil {
		return false
	}
	return slices.ContainsFunc(w.follow(r, p), func(t *thing) bool {
		return (typ == "" && p.may(t.typ) || typ == t.typ) && w.meets(t, rest, value)
	})
}

func (w *asking) referredToBy(r *thing, rest, value string) bool {
	to, ok := w.refs[pair{rest, value}]
	if !ok {
		to = map[*thing]bool{}
		f := strings.SplitN(rest, ":", 3)
		for _, o := range w.world {
			if o.typ == f[0] && w.meets(o, f[2], value) {
				for _, t := range w.follow(o, table[o.typ][f[1]]) {
					to[t] = true
				}
			}
		}
		w.refs[pair{rest, value}] = to
	}
	return to[r]
}

func (w world) onList(r *thing, value string) bool {
	for _, id := range cut(value, ',') {
		l := w["List/"+strings.TrimPrefix(id, "List/")]
		if l != nil && slices.Contains(w.follow(l, table["List"]["item"]), r) {
			return true
		}
	}
	return false
}

// inCompartment tells whether R4 puts r in the compartment of typ/id.
func (w world) inCompartment(r *thing, typ, id string) bool {
	for _, code := range compartments[[2]string{typ, r.typ}] {
		if code == "self" {
			if r.id == id {
				return true
			}
			continue
		}
		for _, v := range r.values(table[r.typ][code]) {
			if to, _ := place(v.str); !v.ident && to == typ+"/"+id {
				return true
			}
		}
	}
	return false
}

// place gives Type/id of a reference to this server, without a version, or the
// URL that it is, and the version by itself.
func place(s string) (to, version string) {
	s = strings.TrimPrefix(s, base+"/")
	to, version, _ = strings.Cut(s, "/_history/")
	return to, version
}

// agrees compares one value with one alternative.
func agrees(p *param, mod string, v val, s string) bool {
	switch p.kind {
	case "token":
		return tokenAgrees(mod, v, s)
	case "string":
		return stringAgrees(mod, v.str, unescaper.Replace(s))
	case "date":
		return inTime(v, s)
	case "number":
		return inNumbers(v, s)
	case "quantity":
		return inQuantity(v, s)
	case "reference":
		return sameReference(p, mod, v, s)
	case "uri":
		return uriAgrees(mod, v.str, unescaper.Replace(s))
	}
	return false
}

func tokenAgrees(mod string, v val, s string) bool {
	bars := cut(s, '|')
	for i := range bars {
		bars[i] = unescaper.Replace(bars[i])
	}
	switch mod {
	case "text":
		return slices.ContainsFunc(v.texts, func(t string) bool { return strings.HasPrefix(fold(t), fold(unescaper.Replace(s))) })
	case "of-type":
		return v.code == strings.ToLower(bars[2]) && slices.ContainsFunc(v.ofTypes, func(t [2]string) bool {
			return (bars[0] == "" || t[0] == bars[0]) && t[1] == strings.ToLower(bars[1])
		})
	}
	code := strings.ToLower(bars[len(bars)-1])
	return !v.bare && (len(bars) == 1 || v.system == bars[0]) && (code == "" || v.code == code)
}

func stringAgrees(mod, have, want string) bool {
	switch mod {
	case "exact":
		return have == want
	case "contains":
		return strings.Contains(fold(have), fold(want))
	}
	return strings.HasPrefix(fold(have), fold(want))
}

// prefixOf takes the comparison off a number or date.
func prefixOf(s string) (prefix, rest string) {
	for _, p := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return p, rest
		}
	}
	return "eq", s
}

func inTime(v val, s string) bool {
	prefix, rest := prefixOf(s)
	d, err := fhir.ParseDateTime(rest)
	if err != nil {
		return false
	}
	low, high := d.Range()
	inside := low <= v.low && v.high <= high
	switch prefix {
	case "eq":
		return inside
	case "ne":
		return !inside
	case "gt":
		return v.high > high
	case "lt":
		return v.low < low
	case "ge":
		return v.high > high || inside
	case "le":
		return v.low < low || inside
	case "sa":
		return v.low >= high
	case "eb":
		return v.high <= low
	}
	low, high = low-abs(nowAt-low)/10, high+abs(nowAt-high)/10
	return v.low < high && v.high > low
}

func abs(n int64) int64 { return max(n, -n) }

func inNumbers(v val, s string) bool {
	prefix, rest := prefixOf(s)
	d, err := fhir.ParseDecimal(rest)
	if err != nil {
		return false
	}
	low, high := d.Range()
	inside := v.min.Compare(low) >= 0 && v.max.Compare(high) < 0
	same := v.min.Compare(d) == 0 && v.max.Compare(d) == 0
	switch prefix {
	case "eq":
		return inside
	case "ne":
		return !inside
	case "gt":
		return v.max.Compare(d) > 0
	case "lt":
		return v.min.Compare(d) < 0
	case "ge":
		return v.max.Compare(d) > 0 || same
	case "le":
		return v.min.Compare(d) < 0 || same
	case "sa":
		return v.min.Compare(d) > 0
	case "eb":
		return v.max.Compare(d) < 0
	}
	f, _ := strconv.ParseFloat(rest, 64)
	for _, end := range []float64{f * 0.9, f * 1.1} {
		e, _ := fhir.ParseDecimal(strconv.FormatFloat(end, 'g', -1, 64))
		if e.Compare(low) < 0 {
			low = e
		}
		if e.Compare(high) > 0 {
			high = e
		}
	}
	return v.min.Compare(high) <= 0 && v.max.Compare(low) >= 0
}

func inQuantity(v val, s string) bool {
	bars := cut(s, '|')
	if len(bars) == 3 {
		system, code := bars[1], bars[2]
		switch {
		case system != "" && (v.system != system || code != "" && v.code != code):
			return false
		case system == "" && code != "" && v.code != code && !slices.Contains(v.texts, code):
			return false
		}
	}
	return inNumbers(v, bars[0])
}

func sameReference(p *param, mod string, v val, s string) bool {
	if mod == "identifier" || v.ident {
		return mod == "identifier" && v.ident && tokenAgrees("", v, s)
	}
	have, hasVersion := place(v.str)
	want, wantVersion := place(unescaper.Replace(s))
	if !strings.ContainsAny(want, "/:|") { // a bare id
		typ, id, ok := strings.Cut(have, "/")
		return ok && !strings.Contains(id, "/") && id == want && (mod == "" && p.may(typ) || mod == typ)
	}
	return have == want && (wantVersion == "" || hasVersion == wantVersion)
}

func uriAgrees(mod, have, want string) bool {
	switch mod {
	case "below":
		return isUnder(have, want)
	case "above":
		return isUnder(want, have)
	}
	return have == want
}

// isUnder counts in whole steps of the path. URNs have none.
func isUnder(low, high string) bool {
	if low == high {
		return true
	}
	return !strings.HasPrefix(high, "urn:") && (strings.HasPrefix(low, strings.TrimSuffix(high, "/")+"/") ||
		strings.HasPrefix(low, high+"|") || strings.HasPrefix(low, high+"#") || strings.HasPrefix(low, high+"?"))
}
