package twin

import (
	"slices"
	"strconv"
	"strings"
)

// pair is one name=value of a query.
type pair struct{ name, value string }

// query is a search in text: where it is asked and its parameters.
type query struct {
	types       []string // none for every type
	inTyp, inID string   // compartment
	pairs       []pair
}

func (q query) String() string {
	var b strings.Builder
	if q.inTyp != "" {
		b.WriteString(q.inTyp + "/" + q.inID + "/")
	}
	b.WriteString(strings.Join(q.types, "+") + "?")
	for i, p := range q.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// get returns the value of a parameter, "" where there is none.
func (q query) get(name string) string {
	for _, p := range q.pairs {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// shared lists parameters that several types have in one kind.
func shared(types []string) []string {
	if len(types) == 0 {
		return []string{"_tag", "_security", "_profile", "_source"}
	}
	return table.codes(types[0], func(p *param) bool {
		return !slices.ContainsFunc(types, func(t string) bool { q := table[t][p.code]; return q == nil || q.kind != p.kind })
	})
}

func (g *gen) query() query {
	q := query{}
	switch n := g.IntN(20); {
	case n < 16:
		q.types = []string{g.heavy()}
	case n < 19:
		for range 2 + g.IntN(2) {
			if t := g.heavy(); !slices.Contains(q.types, t) {
				q.types = append(q.types, t)
			}
		}
	}
	if g.odds(12) {
		q.inTyp = g.one("Patient", "Patient", "Patient", "Encounter", "Practitioner", "RelatedPerson")
		q.inID = g.id(q.inTyp)
	}
	for range g.one("0", "1", "1", "1", "1", "2", "2", "3")[0] - '0' {
		q.pairs = append(q.pairs, g.criterion(q.types, 0))
	}
	g.answerParams(&q)
	return q
}

// oneRecord is a size that no one person's record reaches, and everybody's
// world does.
const oneRecord = 100

// heavy picks types in proportion to how much there is to say about them.
func (g *gen) heavy() string {
	switch {
	case len(g.busy) > 0 && g.odds(85):
		return g.one(g.busy...)
	case len(g.w) > 0 && len(g.w) < oneRecord && g.odds(70):
		all := g.w.sorted()
		return all[g.IntN(len(all))].typ
	}
	if g.odds(35) {
		return g.one("Observation", "Patient", "Encounter", "Condition")
	}
	return g.one(types...)
}

func (g *gen) answerParams(q *query) {
	add := func(name, value string) { q.pairs = append(q.pairs, pair{name, value}) }
	if g.odds(40) {
		add("_sort", g.sort(q.types))
	}
	switch {
	case len(g.busy) > 0 && g.odds(60):
		add("_count", strconv.Itoa(100+g.IntN(300)))
	case len(g.busy) == 0 && g.odds(70):
		add("_count", strconv.Itoa(1+g.IntN(1+g.IntN(30))))
	default:
		add("_count", "1000")
	}
	if g.odds(40) {
		add("_total", g.one("accurate", "accurate", "none", "estimate"))
	}
	if g.odds(8) {
		add("_summary", "count")
	}
	for g.odds(20) {
		add(g.include(q.types))
	}
}

func (g *gen) sort(types []string) string {
	codes, dates := []string{"_id", "_lastUpdated"}, []string{"_lastUpdated"}
	for _, c := range shared(types) {
		kind := "token"
		if len(types) > 0 {
			kind = table[types[0]][c].kind
		}
		if kind != "composite" {
			codes = append(codes, c)
		}
		if kind == "date" {
			dates = append(dates, c)
		}
	}
	if g.odds(40) {
		return g.one("", "-") + g.one(dates...)
	}
	var keys []string
	for range 1 + g.IntN(3) {
		keys = append(keys, g.one("", "-")+g.one(codes...))
	}
	return strings.Join(keys, ",")
}

func references(typ string) []string {
	return table.codes(typ, func(p *param) bool { return p.kind == "reference" })
}

func (g *gen) include(on []string) (name, value string) {
	typ := g.heavy()
	name = g.one("_include", "_revinclude")
	if name == "_include" && len(on) > 0 && g.odds(70) {
		typ = g.one(on...)
	}
	if g.odds(30) {
		name += ":iterate"
	}
	codes := references(typ)
	switch {
	case name == "_include" && g.odds(6):
		return name, "*"
	case len(codes) == 0 || g.odds(8):
		return name, typ + ":*"
	}
	code := g.one(codes...)
	value = typ + ":" + code
	if p := table[typ][code]; g.odds(25) {
		if t := g.target(p); t != "" {
			value += ":" + t
		}
	}
	return name, value
}

// target picks a type of ours that a reference may lead to.
func (g *gen) target(p *param) string {
	var ours []string
	for _, t := range types {
		if p.may(t) {
			ours = append(ours, t)
		}
	}
	if len(ours) == 0 {
		return ""
	}
	return g.one(ours...)
}

// criterion makes one parameter of a search on the types.
func (g *gen) criterion(on []string, depth int) pair {
	switch n := g.IntN(100); {
	case n < 14 && depth < 3 && len(on) > 0:
		if p, ok := g.chain(on, depth); ok {
			return p
		}
	case n < 24 && depth < 3:
		if p, ok := g.has(on, depth); ok {
			return p
		}
	case n < 34:
		return g.common(on, depth)
	}
	codes := shared(on)
	code := g.one(codes...)
	p := table["*"][code]
	if len(on) > 0 {
		p = table[on[0]][code]
	}
	return g.plain(on, p)
}

func (g *gen) common(on []string, depth int) pair {
	switch g.IntN(6) {
	case 0:
		return pair{g.one("_id", "_id", "_id:not"), g.values(func() string { return g.id(g.one(types...)) })}
	case 1:
		return pair{"_text", g.values(func() string { return g.one(words...) })}
	case 2:
		return pair{"_content", g.values(func() string { return g.one(append(slices.Clone(words), "ash", "obrien", "zoe")...) })}
	case 3:
		if depth == 0 {
			return pair{"_list", g.id("List")}
		}
	case 4:
		return pair{"_lastUpdated", g.one("ge", "lt", "gt", "le", "ne") + g.one("2020", "2100-01-01")}
	}
	code := g.one("_tag", "_security", "_profile", "_source")
	return g.plain(on, table["*"][code])
}

// values makes one alternative, or sometimes several.
func (g *gen) values(make func() string) string {
	v := make()
	for g.odds(25) {
		v += "," + make()
	}
	return v
}

func (g *gen) chain(on []string, depth int) (pair, bool) {
	codes := shared(on)
	codes = slices.DeleteFunc(codes, func(c string) bool { return table[on[0]][c].kind != "reference" })
	if len(codes) == 0 {
		return pair{}, false
	}
	code := g.one(codes...)
	p := table[on[0]][code]
	to := g.target(p)
	if to == "" {
		return pair{}, false
	}
	next := g.criterion([]string{to}, depth+1)
	open := len(p.targets) == 0 || slices.ContainsFunc(on, func(t string) bool { return !slices.Equal(table[t][code].targets, p.targets) })
	// Without a type the chain leads to all types that know the parameter:
	// fine where only a value that is there can answer.
	if open || g.odds(55) || strings.Contains(next.name, ":") || strings.Contains(next.name, ".") || strings.HasPrefix(next.name, "_") {
		for _, t := range on {
			if !table[t][code].may(to) {
				return pair{}, false
			}
		}
		return pair{code + ":" + to + "." + next.name, next.value}, true
	}
	return pair{code + "." + next.name, next.value}, true
}

func (g *gen) has(on []string, depth int) (pair, bool) {
	from := g.heavy()
	var codes []string
	for _, c := range references(from) {
		if len(on) == 0 || slices.ContainsFunc(on, table[from][c].may) {
			codes = append(codes, c)
		}
	}
	if len(codes) == 0 {
		return pair{}, false
	}
	next := g.criterion([]string{from}, depth+1)
	return pair{"_has:" + from + ":" + g.one(codes...) + ":" + next.name, next.value}, true
}

// plain makes a parameter that the resource itself can answer.
func (g *gen) plain(on []string, p *param) pair {
	if p.kind != "composite" && g.odds(8) {
		return pair{p.code + ":missing", g.one("true", "false")}
	}
	mod := ""
	switch p.kind {
	case "token":
		mod = g.one("", "", "", "", ":not", ":text", ":of-type")
	case "string":
		mod = g.one("", "", ":exact", ":contains")
	case "reference":
		mod = g.one("", "", "", "", ":identifier", ":type")
	case "uri":
		mod = g.one("", "", ":above", ":below")
	}
	name := p.code + mod
	to := ""
	if mod == ":type" {
		if to = g.target(p); to == "" || slices.ContainsFunc(on, func(t string) bool { return !table[t][p.code].may(to) }) {
			mod, name, to = "", p.code, ""
		} else {
			name = p.code + ":" + to
		}
	}
	return pair{name, g.values(func() string {
		if s := g.sample(p, mod); s != "" && to == "" && g.odds(50) {
			return s
		}
		return g.value(p, mod, to)
	})}
}

var escaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// sample writes down a value that some resource really has, "" where it finds
// none.
func (g *gen) sample(p *param, mod string) string {
	if len(p.paths) == 0 || mod == ":of-type" || mod == ":text" {
		return ""
	}
	for range 4 {
		typ := p.typ
		if typ == "*" {
			typ = g.heavy()
		}
		if r := g.existing(typ); r != nil && len(r.values(p)) > 0 {
			return g.written(p, mod, r.values(p)[g.IntN(len(r.values(p)))])
		}
	}
	return ""
}

// existing picks a resource of the type that is in the world, nil where it
// meets none.
func (g *gen) existing(typ string) *thing {
	if len(g.w) >= oneRecord {
		return g.w[typ+"/"+g.id(typ)]
	}
	of := slices.DeleteFunc(g.w.sorted(), func(r *thing) bool { return r.typ != typ })
	if len(of) == 0 {
		return nil
	}
	return of[g.IntN(len(of))]
}

// written is a value as a query asks for it.
func (g *gen) written(p *param, mod string, v val) string {
	token := func() string {
		if v.code == "" || g.odds(50) {
			return v.system + "|" + escaper.Replace(v.code)
		}
		return escaper.Replace(v.code)
	}
	switch {
	case p.kind == "token" && !v.bare, mod == ":identifier" && v.ident:
		return token()
	case p.kind == "reference" && mod == "" && !v.ident && v.str != "":
		return v.str
	case p.kind == "string" && v.str != "", p.kind == "uri" && v.str != "":
		return escaper.Replace(v.str)
	case p.kind == "number" || p.kind == "quantity":
		return g.prefix() + v.num.String()
	}
	return ""
}

func (g *gen) value(p *param, mod, to string) string {
	switch p.kind {
	case "token":
		return g.tokenValue(p, mod)
	case "string":
		s := g.one(slices.Concat(families, givens, cities, displays, []string{"high", "dr", "1 high", "S"})...)
		if r := []rune(s); mod == ":contains" && len(r) > 2 {
			s = string(r[1 : 1+g.IntN(2)+1])
			if fold(s) == "" {
				s = "a"
			}
		} else if mod == "" && g.odds(30) {
			s = string(r[:1+g.IntN(len(r))])
		}
		return escaper.Replace(s)
	case "date":
		return g.prefix() + g.one(append(slices.Clone(dates), append(moments, "2020-01-01T00:00", "2019-12-31T23:59", "2020-01-15T10:30+01:00")...)...)
	case "number":
		return g.prefix() + g.one(numbers...)
	case "quantity":
		v := g.prefix() + g.one(numbers...)
		if g.odds(40) {
			u := kgs[g.IntN(len(kgs))]
			v += "|" + u[1] + "|" + g.one(u[0], u[2])
		}
		return v
	case "reference":
		return g.refValue(p, mod, to)
	case "uri":
		s := g.one(append(urls, "http://acme.org/fhir/", "http://acme.org", "http://acme.org/fhir/form/1/x")...)
		if strings.HasPrefix(p.code, "_profile") {
			s += g.one("", "", "|1.0")
		}
		return escaper.Replace(s)
	case "composite":
		var parts []string
		for i := range p.parts {
			parts = append(parts, g.value(&p.parts[i], "", ""))
		}
		return strings.Join(parts, "$")
	}
	return ""
}

func (g *gen) prefix() string {
	return g.one("", "", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
}

func (g *gen) tokenValue(p *param, mod string) string {
	switch mod {
	case ":text":
		return escaper.Replace(g.one(append(displays, "Bl", "pulse", "zoe")...))
	case ":of-type":
		return g.one("", g.one(systems...)) + "|" + escaper.Replace(g.one(codes...)) + "|" + escaper.Replace(g.one(marks...))
	}
	system, code := g.one(systems...), g.one(codes...)
	switch at := p.paths[0]; at.dt {
	case "code":
		system, code = at.system, g.one("final", "finished", "male", "FEMALE", "booked", "active", "order", "current", "completed", "accepted", "person", "home")
	case "boolean", "deceased":
		system, code = "", g.one("true", "false")
	case "Identifier":
		system, code = g.one(spaces...), g.one(marks...)
	case "ContactPoint":
		system, code = g.one("phone", "email", "home", "work"), g.one("1 2", "a@b.org")
	case "string":
		system, code = "", g.one("1.0", "2")
	}
	switch g.IntN(8) {
	case 0:
		return "|" + escaper.Replace(code)
	case 1, 2, 3:
		return system + "|" + escaper.Replace(code)
	case 4:
		if system != "" {
			return system + "|"
		}
	}
	return escaper.Replace(code)
}

func (g *gen) refValue(p *param, mod, to string) string {
	if mod == ":identifier" {
		return g.tokenValue(&param{paths: []path{{dt: "Identifier"}}}, "")
	}
	if p.paths[0].dt == "canonical" {
		return g.one(urls...) + g.one("", "", "|1.0", "|2")
	}
	typ := to
	if typ == "" {
		typ = g.target(p)
	}
	if typ == "" {
		return "nobody"
	}
	id := g.id(typ)
	if g.odds(5) {
		id = "nobody"
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return id
	case 3:
		return base + "/" + typ + "/" + id
	case 4:
		return typ + "/" + id + "/_history/" + g.one("1", "2")
	case 5:
		return "https://elsewhere.example/fhir/" + typ + "/" + id
	case 6:
		if to == "" {
			return "urn:uuid:e2d1c0ab-0000-4000-8000-00000000000" + g.one("1", "2")
		}
	}
	return typ + "/" + id
}
