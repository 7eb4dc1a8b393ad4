package record

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Bounds of what is read about one viewer. What lies beyond is held against
// them: they belong to it perhaps.
const (
	mostSteps  = 8   // organisations above one's own, and teams inside of teams
	mostBelong = 200 // resources
)

// word marks what the session writes with whose word it is, for what tells who
// belongs to whom. Only those who run the service, and programs that they let in,
// look after that for others: staff write care teams too, and could so make
// themselves members of one that may see more.
func (s *Session) word() int64 {
	switch s.who.Role {
	case access.RoleOperator:
		return store.ByOperator
	case access.RoleProgram:
		return store.ByProgram
	}
	return 0
}

// trusted says whose word widens what the session sees: of a program not that of
// programs, which might be its own.
func (s *Session) trusted() int64 {
	if s.who.Role == access.RoleProgram || s.who.Role == access.RoleResearcher {
		return store.ByOperator
	}
	return store.ByOperator | store.ByProgram
}

// viewerOf is the holder of the session, as a person's choices see them: with the
// organisations above theirs, the identifiers of all these, and those teams,
// groups and roles that the choices name and that the record of the person, or
// nobody's record, says they belong to. at is what was found out first.
func (s *Session) viewerOf(ctx context.Context, p *choice.Program, person int64, at footing) (*choice.Viewer, error) {
	v := policy.Viewer(s.who, s.why, policy.Look, s.d.now())
	refs, idents := p.Actors()
	teams := slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { return !policy.HasMembers(ref) })
	if len(teams) == 0 && !asksAbove(v, refs, idents) {
		return v, nil
	}
	b := &belonging{s: s, v: v, person: person, at: at}
	if err := b.above(ctx); err != nil {
		return nil, err
	}
	if b.lost { // they may be part of whatever is named
		v.Perhaps, v.PerhapsIdents = append(v.Perhaps, refs...), append(v.PerhapsIdents, idents...)
		return v, nil
	}
	return v, b.teams(ctx, teams)
}

// viewerOfMany is the same for a session about many people, without the teams:
// which of them count hangs on the person.
func (s *Session) viewerOfMany(ctx context.Context) (*choice.Viewer, error) {
	refs := s.d.known.placed(s.d.known.aboveBefore(s.who.Organisation), s.trusted())
	at, err := s.d.store.Footing(ctx, store.Grounds{Refs: refs})
	if err != nil {
		return nil, err
	}
	b := &belonging{s: s, v: policy.Viewer(s.who, s.why, policy.Look, s.d.now()), at: footing{at, refs}}
	if err := b.above(ctx); err != nil {
		return nil, err
	}
	if b.lost {
		return nil, problem.New(problem.Unavailable, "It can not be told which organisations yours is part of: there are too many. Ask the operator to mend that, then try again.")
	}
	return b.v, nil
}

// amongTeams holds against the viewer of a session about many that somebody names
// teams: one who works for an organisation, or is known by name, may be in one.
func amongTeams(v *choice.Viewer, p *choice.Program) *choice.Viewer {
	if len(v.Refs) == 0 {
		return v
	}
	refs, _ := p.Actors()
	held := *v
	held.Perhaps = slices.Clone(v.Perhaps)
	for _, ref := range refs {
		if policy.HasMembers(ref) {
			held.Perhaps = append(held.Perhaps, ref)
		}
	}
	return &held
}

// asksAbove tells whether choices name an organisation that is not the viewer's
// own, or somebody by an identifier that only a resource has.
func asksAbove(v *choice.Viewer, refs []string, idents []choice.Coding) bool {
	for _, ref := range refs {
		if strings.HasPrefix(ref, "Organization/") && !slices.Contains(v.Refs, ref) {
			return true
		}
	}
	return slices.ContainsFunc(idents, func(c choice.Coding) bool {
		return c.System != choice.IdentApp && c.System != choice.IdentRole && c.System != choice.IdentAccount
	})
}

// belonging gathers to whom a viewer belongs.
type belonging struct {
	s      *Session
	v      *choice.Viewer
	person int64
	at     footing
	lost   bool // not all that is above them could be read
}

// words reads what resources say, as far as it is not known already.
func (b *belonging) words(ctx context.Context, refs []string) (map[string]policy.Word, error) {
	out, missing := make(map[string]policy.Word, len(refs)), []store.Ref(nil)
	for _, ref := range refs {
		r, ok := b.s.d.store.Local(ref)
		if !ok {
			continue
		}
		if w, known := b.known(r); known {
			out[ref] = w
		} else {
			missing = append(missing, r)
		}
	}
	by := b.s.trusted()
	found, err := b.s.d.store.Words(ctx, missing, b.person, by)
	if err != nil {
		return nil, err
	}
	for ref, w := range found {
		word, err := readWord(w)
		if err != nil {
			return nil, err
		}
		b.s.d.known.keepWord(ref, by, w, word)
		out[ref.Type+"/"+ref.ID] = word
	}
	return out, nil
}

// known is what a resource says where nothing was written since it was read; one
// that is not there, or in somebody else's record, says nothing.
func (b *belonging) known(ref store.Ref) (policy.Word, bool) {
	i := slices.IndexFunc(b.at.asked, func(p store.Placed) bool { return p.Ref == ref })
	if i < 0 {
		return policy.Word{}, false
	}
	stamp, there := b.at.Stamps[ref]
	if !there && b.at.asked[i].Row != 0 {
		return policy.Word{}, false // it lies elsewhere by now
	}
	if of := store.Subject(stamp.Row); !there || of != 0 && of != b.person {
		return policy.Word{}, true
	}
	return b.s.d.known.word(ref, b.s.trusted(), stamp)
}

func readWord(w store.Word) (policy.Word, error) {
	word := policy.Word{Vouched: w.Vouched, Cut: w.Cut}
	for _, v := range w.Versions {
		if v.Encoded == nil {
			word.Versions = append(word.Versions, nil)
			continue
		}
		t, err := v.Tree()
		if err != nil {
			return policy.Word{}, err
		}
		word.Versions = append(word.Versions, t)
	}
	return word, nil
}

func (b *belonging) local(text string) string {
	if r, ok := b.s.d.store.Local(text); ok {
		return r.Type + "/" + r.ID
	}
	return ""
}

// above adds the identifiers of the viewer's own organisation, and those above it
// with theirs.
func (b *belonging) above(ctx context.Context) error {
	if b.s.who.Organisation == "" {
		return nil
	}
	level, seen := []string{"Organization/" + b.s.who.Organisation}, map[string]bool{}
	var asked []store.Ref
	for step := 0; len(level) > 0; step++ {
		if step > mostSteps || len(level) > mostBelong {
			b.lost = true
			return nil
		}
		words, err := b.words(ctx, level)
		if err != nil {
			return err
		}
		var next []string
		for _, ref := range level {
			seen[ref] = true
			if r, ok := b.s.d.store.Local(ref); ok {
				asked = append(asked, r)
			}
			w, sure := words[ref], slices.Contains(b.v.Refs, ref)
			b.lost = b.lost || w.Cut
			idents, old := w.Idents()
			b.add(policy.Names{Idents: idents}, policy.Names{Idents: old}, sure)
			up, perhaps := w.Above(b.local)
			b.add(up, perhaps, sure)
			next = append(next, perhaps.Refs...)
		}
		slices.Sort(next)
		level = slices.DeleteFunc(slices.Compact(next), func(ref string) bool { return seen[ref] })
	}
	b.s.d.known.keepAbove(b.s.who.Organisation, asked)
	return nil
}

// add makes names the viewer's own: those that are sure where sure, and others
// perhaps.
func (b *belonging) add(names, perhaps policy.Names, sure bool) {
	if sure {
		b.v.Refs = append(b.v.Refs, names.Refs...)
		b.v.Idents = append(b.v.Idents, names.Idents...)
	}
	b.v.Perhaps = append(b.v.Perhaps, perhaps.Refs...)
	b.v.PerhapsIdents = append(b.v.PerhapsIdents, perhaps.Idents...)
}

// team is a resource that has members.
type team struct {
	sure, perhaps policy.Names
	unclear       bool // not all of it could be read
}

// teams adds those of some teams, groups and roles to which the viewer belongs,
// with the teams inside of them.
func (b *belonging) teams(ctx context.Context, named []string) error {
	all, level := map[string]*team{}, named
	for step := 0; step <= mostSteps && len(level) > 0 && len(all)+len(level) <= mostBelong; step++ {
		words, err := b.words(ctx, level)
		if err != nil {
			return err
		}
		var next []string
		for _, ref := range level {
			w, t := words[ref], &team{}
			typ, _, _ := strings.Cut(ref, "/")
			t.sure, t.perhaps = w.Members(typ, "Organization/"+b.s.who.Organisation, b.v.Now, b.local)
			t.unclear = w.Cut || b.unnamed(t.perhaps)
			all[ref] = t
			next = append(next, t.perhaps.Refs...)
		}
		slices.Sort(next)
		level = slices.DeleteFunc(slices.Compact(next), func(ref string) bool { return !policy.HasMembers(ref) || all[ref] != nil })
	}
	for _, ref := range level {
		all[ref] = &team{unclear: true}
	}
	for again := true; again; {
		again = false
		for ref, t := range all {
			again = b.join(ref, t) || again
		}
	}
	return nil
}

// unnamed tells whether a member could be the viewer because nobody knows who
// they are among those who work for an organisation.
func (b *belonging) unnamed(members policy.Names) bool {
	return b.s.who.Role == access.RoleProfessional && b.s.who.User == "" && slices.ContainsFunc(members.Refs, func(ref string) bool {
		return strings.HasPrefix(ref, "Practitioner/")
	})
}

// join makes the viewer one of a team if they belong to a member of it, and
// tells whether that is new.
func (b *belonging) join(ref string, t *team) bool {
	has := func(n policy.Names, refs []string, idents []choice.Coding) bool {
		return slices.ContainsFunc(n.Refs, func(r string) bool { return slices.Contains(refs, r) }) ||
			slices.ContainsFunc(n.Idents, func(c choice.Coding) bool { return slices.Contains(idents, c) })
	}
	switch {
	case slices.Contains(b.v.Refs, ref):
		return false
	case has(t.sure, b.v.Refs, b.v.Idents):
		b.v.Refs = append(b.v.Refs, ref)
		return true
	case slices.Contains(b.v.Perhaps, ref):
		return false
	case t.unclear || has(t.perhaps, b.v.Refs, b.v.Idents) || has(t.perhaps, b.v.Perhaps, b.v.PerhapsIdents):
		b.v.Perhaps = append(b.v.Perhaps, ref)
		return true
	}
	return false
}
