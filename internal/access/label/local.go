package label

import "maps"

// Judged is what a reviewer said of a code: the labels that it has, or none.
type Judged struct {
	Code
	Labels Set
}

// With gives the tables with what was judged here. A judgement adds labels and
// never takes away what a table says.
func (t *Tables) With(judged []Judged) *Tables {
	if len(judged) == 0 {
		return t
	}
	out := &Tables{version: t.version, systems: maps.Clone(t.systems), loose: maps.Clone(t.loose), names: t.names, roles: t.roles}
	fresh := map[*codes]*codes{}
	for _, j := range judged {
		own := out.own(fresh, j.System)
		own.add(Row{Code: j.Code.Code, Labels: j.Labels.whole() & Every &^ UnderReview}, false)
	}
	return out
}

// own is a system's codes that may be changed.
func (t *Tables) own(fresh map[*codes]*codes, uri string) *codes {
	have := t.system([]byte(uri))
	switch {
	case have == nil:
		have = &codes{counts: true, exact: map[string]entry{}, under: map[string]entry{}}
		t.systems[uri], t.loose[loosely(uri)] = have, have
		fresh[have] = have
	case fresh[have] == nil:
		mine := *have
		mine.exact, mine.under = maps.Clone(have.exact), maps.Clone(have.under)
		for _, m := range []map[string]*codes{t.systems, t.loose} {
			for uri, c := range m {
				if c == have {
					m[uri] = &mine
				}
			}
		}
		fresh[have], fresh[&mine] = &mine, &mine
		return &mine
	}
	return fresh[have]
}
