package store

import (
	"fmt"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// token compiles system|code, |code, code and their negation.
func (c *compiler) token(p *search.Param, cr search.Criterion) (node, bool, error) {
	n := &keys{typed: !p.IsCommon(), what: criterionWords(cr)}
	if cr.Modifier == search.OfType {
		// Its value is under a hash; of which type it is, the resource tells.
		values := make([]search.Operand, len(cr.Values))
		for i, o := range cr.Values {
			values[i] = search.Operand{Code: o.OfType[2], HasCode: true}
		}
		cr.Values = values
		var err error
		n.hashes, _, err = c.tokenHashes(domainToken, p, cr)
		return n, false, err
	}
	var exact bool
	var err error
	if n.hashes, exact, err = c.tokenHashes(domainToken, p, cr); err != nil || !exact {
		return nil, false, err
	}
	if cr.Modifier == search.Not {
		return &noneOf{n}, true, nil
	}
	return n, true, nil
}

// tokenHashes gives the hashes of a token criterion. It is not exact, and
// gives none, for `system|`: only the resource tells.
func (c *compiler) tokenHashes(domain byte, p *search.Param, cr search.Criterion) (hashes []int64, exact bool, err error) {
	for _, num := range c.s.entryNumbers(p) {
		for _, o := range cr.Values {
			switch {
			case !o.HasCode:
				return nil, false, nil
			case o.HasSystem:
				hashes = append(hashes, c.s.tokenHash(domain, num, o.System, o.Code))
			default:
				systems, err := c.systems(num)
				if err != nil {
					return nil, false, err
				}
				for _, sys := range systems {
					hashes = append(hashes, c.s.tokenHash(domain, num, sys, o.Code))
				}
			}
		}
	}
	return hashes, true, nil
}

// systems lists the code systems that were ever seen under a parameter.
func (c *compiler) systems(num int64) ([]string, error) {
	var out []string
	err := c.tx.Query("SELECT system FROM sys WHERE param = $1", []any{num}, func(r *db.Row) error {
		out = append(out, r.Text(0))
		return nil
	})
	return out, err
}

// reference compiles Type/id, a bare id, a URL, and :identifier.
func (c *compiler) reference(typ string, p *search.Param, cr search.Criterion) (node, bool, error) {
	num := c.s.nums.param(p.ID)
	if cr.Modifier == search.Identifier {
		return c.referenceIdent(p, cr)
	}
	far := &keys{typed: true, what: criterionWords(cr)}
	link := &refers{param: num, what: criterionWords(cr)}
	var people []int64
	owner := contains(c.s.ownerParams(typ), p.Code)
	exact := true
	for _, o := range cr.Values {
		exact = exact && o.Ref.Version == ""
		for _, key := range o.RefKeys("") {
			r, local := c.s.localRef(key)
			if !local {
				far.hashes = append(far.hashes, c.s.textHash(num, canonicalURL(key)))
				continue
			}
			row, ok, err := c.row(r)
			if err != nil {
				return nil, false, err
			}
			if !ok || contains(link.targets, row) {
				continue
			}
			link.targets = append(link.targets, row)
			if owner && IsPatient(row) {
				people = append(people, PersonOf(row))
			}
		}
	}
	n, err := c.referenceNode(typ, p, far, link, people)
	return n, exact, err
}

func (c *compiler) referenceNode(typ string, p *search.Param, far *keys, link *refers, people []int64) (node, error) {
	num := c.s.nums.param(p.ID)
	var sets []node
	if len(far.hashes) > 0 {
		sets = append(sets, far)
	}
	if len(people) > 0 {
		// What lies in a patient's record is found by where it lies. Only what
		// names them second has an entry of its own, and that is rare.
		rows := make([]Row, len(people))
		for i, p := range people {
			rows[i] = FirstRow(p)
		}
		more, err := false, error(nil)
		if !c.s.single(p) {
			more, err = c.exists("SELECT 1 FROM link WHERE "+c.tx.Dialect().AnyInt("target", "$1")+" AND param = $2", rows, num)
			if err != nil {
				return nil, err
			}
		}
		own := c.people(typ, people...)
		own.what = link.what
		sets = append(sets, own)
		if !more && len(link.targets) == len(people) {
			link.targets = nil
		}
	}
	if len(link.targets) > 0 {
		sets = append(sets, link)
	}
	switch len(sets) {
	case 0:
		return &given{what: link.what}, nil
	case 1:
		return sets[0], nil
	}
	return &anyOf{sets}, nil
}

func (c *compiler) referenceIdent(p *search.Param, cr search.Criterion) (node, bool, error) {
	hashes, exact, err := c.tokenHashes(domainIdent, p, cr)
	if err != nil || !exact {
		return nil, false, err
	}
	return &keys{hashes: hashes, typed: true, what: criterionWords(cr)}, true, nil
}

func (c *compiler) uris(p *search.Param, cr search.Criterion) (node, bool, error) {
	n := &keys{typed: !p.IsCommon(), what: criterionWords(cr)}
	for _, o := range cr.Values {
		n.hashes = append(n.hashes, c.s.textHash(c.s.nums.param(p.ID), canonicalURL(o.Raw)))
	}
	return n, false, nil
}

func (c *compiler) texts(p *search.Param, cr search.Criterion) (node, bool, error) {
	if c.s.sealedText(p.Resource) {
		return c.sealedTexts(p, cr)
	}
	n := &prefix{key: c.s.nums.param(p.ID), what: criterionWords(cr)}
	switch cr.Modifier {
	case search.Contains:
		n.whole = true
		n.what = "every text of " + p.Code
	default:
		for _, o := range cr.Values {
			if o.Normal == "" {
				return nil, false, nil
			}
			n.texts = append(n.texts, cutText(o.Normal))
		}
	}
	return n, false, nil
}

// sealedTexts compiles a criterion on texts of which the index knows no more
// than a hash of the first letters.
func (c *compiler) sealedTexts(p *search.Param, cr search.Criterion) (node, bool, error) {
	n := &keys{typed: true, what: criterionWords(cr)}
	for _, o := range cr.Values {
		start, ok := textStart(o.Normal)
		if !ok || cr.Modifier == search.Contains {
			return nil, false, nil
		}
		n.hashes = append(n.hashes, c.s.tokenHash(domainStart, c.s.nums.param(p.ID), "", start))
	}
	return n, false, nil
}

// dates compiles a date criterion. The conditions are those by which
// fhir.Prefix.Match compares two ranges, so the index decides exactly.
func (c *compiler) dates(p *search.Param, cr search.Criterion) (node, bool, error) {
	var sets []node
	for _, d := range datesOf(cr) {
		sets = append(sets, &spans{key: c.s.nums.param(p.ID) << classBits, what: criterionWords(cr), cond: d.cond})
	}
	if len(sets) == 1 {
		return sets[0], true, nil
	}
	return &anyOf{sets}, true, nil
}

// dateRange is one date that a criterion compares with.
type dateRange struct {
	prefix search.Prefix
	fhir.Interval
}

func datesOf(cr search.Criterion) []dateRange {
	var out []dateRange
	for _, o := range cr.Values {
		out = append(out, dateRange{o.Prefix, fhir.Interval{Low: o.Low, High: o.High}})
	}
	return out
}

func (d dateRange) cond(b *builder, class int) string {
	return dateCond(b, d.prefix, d.Interval, class)
}

// dateCond bounds low ends for the class and states the condition itself.
func dateCond(b *builder, prefix search.Prefix, v fhir.Interval, class int) string {
	from := func(at int64) string {
		if l := lowest(class, at); l > -1<<63 {
			return " AND low > " + b.arg(l)
		}
		return ""
	}
	switch prefix {
	case search.Ne:
		return " AND (low < " + b.arg(v.Low) + " OR high > " + b.arg(v.High) + ")"
	case search.Gt:
		return from(v.High-1) + " AND high > " + b.arg(v.High)
	case search.Lt:
		return " AND low < " + b.arg(v.Low)
	case search.Ge:
		return from(min(v.Low, v.High)-1) + " AND (high > " + b.arg(v.High) + " OR (low >= " + b.arg(v.Low) + " AND high <= " + b.arg(v.High) + "))"
	case search.Le:
		return " AND low < " + b.arg(v.High) + " AND (low < " + b.arg(v.Low) + " OR high <= " + b.arg(v.High) + ")"
	case search.Sa:
		return " AND low >= " + b.arg(v.High)
	case search.Eb:
		return " AND low < " + b.arg(v.Low) + " AND high <= " + b.arg(v.Low)
	case search.Ap:
		return from(v.Low-1) + " AND low < " + b.arg(v.High) + " AND high > " + b.arg(v.Low)
	}
	return " AND low >= " + b.arg(v.Low) + " AND low < " + b.arg(v.High) + " AND high <= " + b.arg(v.High)
}

// numbers compiles a number or quantity criterion to a range of sort keys that
// holds every match. What lies on its ends, and units, the resource decides.
func (c *compiler) numbers(p *search.Param, cr search.Criterion) (node, bool, error) {
	var sets []node
	for _, num := range c.s.entryNumbers(p) {
		for _, o := range cr.Values {
			sets = append(sets, &spans{key: num << classBits, what: criterionWords(cr),
				cond: func(b *builder, class int) string { return numberCond(b, o, class) }})
		}
	}
	if len(sets) == 1 {
		return sets[0], false, nil
	}
	return &anyOf{sets}, false, nil
}

func numberCond(b *builder, o search.Operand, class int) string {
	if class != 0 && class != classes-1 {
		return ""
	}
	switch o.Prefix {
	case search.Ne:
		return " AND low > " + b.arg(int64(-1<<63)) // all of them
	case search.Gt, search.Ge, search.Sa:
		if class == 0 {
			return " AND low >= " + b.arg(o.Value.SortKey())
		}
		return " AND high >= " + b.arg(o.Value.SortKey())
	case search.Lt, search.Le, search.Eb:
		return " AND low <= " + b.arg(o.Value.SortKey())
	}
	low, high := b.arg(o.NumLow.SortKey()), b.arg(o.NumHigh.SortKey())
	if class == 0 {
		return " AND low >= " + low + " AND low <= " + high
	}
	return " AND low <= " + high + " AND high >= " + low
}

// chain compiles parameter.next.
func (c *compiler) chain(typ string, p *search.Param, cr search.Criterion) (node, bool, error) {
	num := c.s.nums.param(p.ID)
	owner := contains(c.s.ownerParams(typ), p.Code)
	var sets []node
	for i, target := range cr.Chain.Targets {
		to, err := c.rowsOf(target, cr.Chain.Next[i])
		if err != nil {
			return nil, false, err
		}
		sets = append(sets, &chain{param: num, to: to, what: fmt.Sprintf("%s refers by %s to", typ, p.Code)})
		if owner && target == "Patient" {
			sets = append(sets, &ownerChain{hash: c.s.typeHash(typ), to: to, what: typ + " in the record of"})
		}
	}
	if len(sets) == 1 {
		return sets[0], true, nil
	}
	return &anyOf{sets}, true, nil
}

// has compiles _has:Type:ref:next.
func (c *compiler) has(typ string, cr search.Criterion) (node, bool, error) {
	h := cr.Has
	if c.s.nums.waiting(h.Ref.ID) {
		return nil, false, notIndexed(h.Ref)
	}
	from, err := c.rowsOf(h.Type, h.Next)
	if err != nil {
		return nil, false, err
	}
	n, err := c.referredTo(typ, h, from)
	return n, true, err
}

// referredTo is what the rows of a set refer to. What referred to something at
// the moment of a later page did so with the words that it had then.
func (c *compiler) referredTo(typ string, h *search.Has, from node) (node, error) {
	a, amendedSet := from.(*amended)
	if !amendedSet {
		return c.referredToNow(typ, h, from)
	}
	refs, err := c.run.refsThen(h.Ref, a.was)
	if err != nil {
		return nil, err
	}
	n, err := c.referredToNow(typ, h, &amended{node: a.node, moment: a.moment})
	then := &given{what: "what a changed " + h.Type + " referred to then"}
	for _, rows := range refs {
		then.rows = append(then.rows, rows...)
	}
	return &anyOf{[]node{n, then}}, err
}

func (c *compiler) referredToNow(typ string, h *search.Has, from node) (node, error) {
	num := c.s.nums.param(h.Ref.ID)
	by := &has{param: num, from: from, what: fmt.Sprintf("a %s refers to it by %s", h.Type, h.Ref.Code)}
	if (typ == "Patient" || typ == "") && contains(c.s.ownerParams(h.Type), h.Ref.Code) {
		return &anyOf{[]node{&ownerHas{from: from, what: fmt.Sprintf("a %s lies in their record", h.Type)}, by}}, nil
	}
	rows, few, err := c.run.targets(from, h.Ref)
	if err != nil || !few {
		return by, err
	}
	return &given{rows: rows, what: by.what}, nil
}

// rowsOf is the set of a type's resources that answer one criterion. Where the
// index alone can't decide, the answer is worked out first.
func (c *compiler) rowsOf(typ string, cr search.Criterion) (node, error) {
	n, exact, err := c.criterion(typ, 0, cr)
	if err != nil {
		return nil, err
	}
	set := n
	switch {
	case !exact: // within what is permitted
		rows, err := c.run.findRows(search.Query{Types: []string{typ}, Criteria: []search.Criterion{cr}, Count: -1})
		if err != nil {
			return nil, err
		}
		set = &given{rows: rows, what: criterionWords(cr)}
	case impliesType(n):
	case n.source(newBuilder(c.tx.Dialect(), c.reach)) == "": // it can only be asked, and a chain must walk
		set = &allOf{[]node{c.everything(typ), n}}
	default:
		set = &allOf{[]node{n, c.everything(typ)}}
	}
	if exact {
		if set, err = c.permitted(typ, set); err != nil {
			return nil, err
		}
	}
	if set, err = c.flat(set); err != nil || !c.run.past.touched(c.s.nums.kind(typ)) {
		return set, err
	}
	was, err := c.run.versionsThen(typ, step{cr, stepParam(cr, 0), n})
	return &amended{node: set, moment: c.run.past.moment, was: was}, err
}
