package record

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// A session about one person asks once for the number of the person's choices,
// for the tie of those who ask, and for which version is the current one of
// whatever tells to whom they belong. What was read and worked out before is used
// while these are the same, and for nothing else: there is no time for which
// something is believed, so that a change holds at the next request on every
// node.

// footing is what a session found out first.
type footing struct {
	store.Footing
	asked []store.Placed // of these it is known which version is the current one
}

// find asks for what a session has to know about a person.
func (s *Session) find(ctx context.Context, person int64, rule *policy.Rule) (footing, error) {
	g := store.Grounds{Person: person}
	tie := tieKey{person: person, organisation: s.who.Organisation, user: s.who.User, registry: s.d.store.Registry()}
	if rule.Tie {
		if g.Tie = s.d.known.tie(tie); g.Tie == (store.Stamp{}) {
			g.Holders, g.Params = s.holders(), s.d.always
		}
	}
	before := s.d.store.ChoicesBefore(person)
	if s.proposed != nil {
		before = s.proposed.Choices
	}
	if before != nil && before.Program != nil {
		g.Refs = s.telling(before.Program)
	}
	f, err := s.d.store.Footing(ctx, g)
	if err == nil && f.Tie == (store.Stamp{}) && g.Tie != (store.Stamp{}) {
		// What tied them has another version now, which may tie them as well.
		g.Tie, g.Holders, g.Params = store.Stamp{}, s.holders(), s.d.always
		f, err = s.d.store.Footing(ctx, g)
	}
	if err == nil && rule.Tie {
		s.d.known.keepTie(tie, f.Tie)
	}
	return footing{f, g.Refs}, err
}

// tieKey is a person and those who look after them, by the search parameters of
// now.
type tieKey struct {
	person             int64
	organisation, user string
	registry           *search.Registry
}

// tie is the resource by which somebody was last seen to be tied to a person. What
// a version of a resource refers to does not change.
func (k *known) tie(key tieKey) store.Stamp {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ties[key]
}

func (k *known) keepTie(key tieKey, at store.Stamp) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch was, there := k.ties[key]; {
	case at == (store.Stamp{}):
		delete(k.ties, key)
		return
	case there && was == at:
		return
	}
	if k.ties == nil || len(k.ties) >= maxOpened {
		k.ties = map[tieKey]store.Stamp{}
	}
	k.ties[key] = at
}

// telling are the resources that tell whether somebody whom choices name is, or
// has among them, the holder of the session; as far as that is known beforehand.
func (s *Session) telling(p *choice.Program) []store.Placed {
	refs, idents := p.Actors()
	var out []store.Ref
	for _, ref := range refs {
		if policy.HasMembers(ref) && len(out) < mostBelong {
			if r, ok := s.d.store.Local(ref); ok {
				out = append(out, r)
			}
		}
	}
	if len(out) > 0 || asksAbove(policy.Viewer(s.who, s.why, policy.Look, time.Time{}), refs, idents) {
		out = append(out, s.d.known.aboveBefore(s.who.Organisation)...)
	}
	return s.d.known.placed(out, s.trusted())
}

// placed adds to resources where they lay when they were read.
func (k *known) placed(refs []store.Ref, by int64) []store.Placed {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]store.Placed, len(refs))
	for i, ref := range refs {
		out[i] = store.Placed{Ref: ref, Row: k.words[wordKey{ref, by}].at.Row}
	}
	return out
}

// word is what a resource says, as it was read before, if nothing changed since.
func (k *known) word(ref store.Ref, by int64, at store.Stamp) (policy.Word, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w, ok := k.words[wordKey{ref, by}]
	return w.word, ok && w.at == at
}

// wordKey is a resource, and whose word counts.
type wordKey struct {
	ref store.Ref
	by  int64
}

type wordAt struct {
	at   store.Stamp
	word policy.Word
}

// Bounds of what is remembered of who belongs to whom.
const (
	maxWords = 2000
	maxSaid  = 16 << 10 // bytes of one resource, all versions together
)

func (k *known) keepWord(ref store.Ref, by int64, read store.Word, word policy.Word) {
	size := 0
	for _, v := range read.Versions {
		size += len(v.Encoded)
	}
	if size > maxSaid {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.words == nil || len(k.words) >= maxWords {
		k.words = map[wordKey]wordAt{}
	}
	k.words[wordKey{ref, by}] = wordAt{read.Stamp, word}
}

// aboveBefore are an organisation and those that were above it when that was
// last looked at: they are worth asking for.
func (k *known) aboveBefore(organisation string) []store.Ref {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.above[organisation]
}

func (k *known) keepAbove(organisation string, refs []store.Ref) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if slices.Equal(k.above[organisation], refs) {
		return
	}
	if k.above == nil || len(k.above) >= maxWords {
		k.above = map[string][]store.Ref{}
	}
	k.above[organisation] = refs
}

// openKey is all that says which classes of a person's rows somebody may see,
// but for the time.
type openKey struct {
	person, choices int64
	rule            *policy.Rule
	viewer          string
}

// shownSince is which classes may be seen, and the parts of choices that let them,
// from a moment until before another.
type shownSince struct {
	from, until time.Time // until is zero for ever
	open        []int64
	by          []audit.By
}

// maxOpened bounds how many of these are remembered; then it is begun anew.
const maxOpened = 5000

// classesFor is classes, remembered for the choices of this number.
func (s *Session) classesFor(c *store.Choices, viewer *choice.Viewer, rule *policy.Rule) ([]int64, []audit.By) {
	if s.proposed != nil {
		return classes(c, viewer, rule)
	}
	k, key := &s.d.known, openKey{c.Person(), c.Number(), rule, viewerKey(viewer)}
	k.mu.Lock()
	o, ok := k.open[key]
	k.mu.Unlock()
	if ok && !viewer.Now.Before(o.from) && (o.until.IsZero() || viewer.Now.Before(o.until)) {
		return o.open, o.by
	}
	o = shownSince{from: viewer.Now, until: c.Program.NextChange(viewer.Now)}
	o.open, o.by = classes(c, viewer, rule)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open == nil || len(k.open) >= maxOpened {
		k.open = map[openKey]shownSince{}
	}
	k.open[key] = o
	return o.open, o.by
}

// viewerKey stands for all of a viewer but the time; of that, for its zone, in
// which dates are read.
func viewerKey(v *choice.Viewer) string {
	var b strings.Builder
	add := func(texts ...string) {
		for _, t := range texts { // with its length, so that no value can look like two
			b.WriteString(strconv.Itoa(len(t)))
			b.WriteByte(':')
			b.WriteString(t)
		}
	}
	list := func(texts []string) {
		add(strconv.Itoa(len(texts)))
		add(texts...)
	}
	codings := func(all []choice.Coding) {
		add(strconv.Itoa(len(all)))
		for _, c := range all {
			add(c.System, c.Code)
		}
	}
	list(v.Refs)
	list(v.Perhaps)
	list(v.Purpose)
	codings(v.Idents)
	codings(v.PerhapsIdents)
	codings(v.Roles)
	add(v.Action, v.Now.Location().String())
	return b.String()
}
