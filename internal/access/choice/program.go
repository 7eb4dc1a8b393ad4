package choice

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// MaxActive is how many active sharing choices one person may have. Google's
// Healthcare API, the one service that publishes a number, has the same.
const MaxActive = 200

// Bounds of one person's choices in force, by which a verdict and a class stay
// cheap.
const (
	maxTests = 1024   // different conditions
	maxTotal = 16_384 // values of all attributes
)

// Program is a person's choices with what they ask of resources numbered. It
// does not change and may be used by many at once. The nil Program refuses
// everything: it stands for choices that could not be had.
type Program struct {
	cs    []*Consent
	tests []test
	bits  [][]int // by consent and node, the number of its condition, or -1
	mark  [markBytes]byte

	refs   []string // see Actors
	idents []Coding
}

// markBytes is how much of a digest of the conditions a Class carries.
const markBytes = 6

// Class says which of a program's conditions a resource meets. Resources of one
// Class are treated alike by the program, whoever asks. It is short text, to be
// compared and stored, and "" for a program without conditions.
//
// It holds for programs with the same conditions only: another one refuses it.
// A choice that asks nothing of the resource, or only what others asked before,
// can be added or taken away without working out classes again.
type Class string

// Compile numbers the conditions of a person's choices, which may include ones
// that are not active or not of a kind that is evaluated here. It fails where
// they are not of one person or more than can be evaluated; then nothing may be
// shown. It knows no World.
func Compile(cs []*Consent) (*Program, error) { return World{}.Compile(cs) }

// Compile is the function Compile in a World.
func (w World) Compile(cs []*Consent) (*Program, error) {
	p := &Program{cs: slices.Clone(cs), bits: make([][]int, len(cs))}
	active, values, found := 0, 0, map[string]test{}
	for _, c := range cs {
		if c == nil || c.person != cs[0].person {
			return nil, problem.New(problem.Internal, "")
		}
		if !c.enforced() {
			continue
		}
		active++
		values += c.values
		c.root.each(func(n *node) {
			p.names(n)
			if n.cond != nil && len(found) <= maxTests {
				t := w.test(n.cond)
				found[t.whole()] = t
			}
		})
	}
	if active > MaxActive || values > maxTotal || len(found) > maxTests {
		return nil, problem.New(problem.Unprocessable, "This person has more sharing choices than can be enforced. End some that are no longer needed, or join them into one.")
	}
	slices.Sort(p.refs)
	slices.SortFunc(p.idents, compareCoding)
	p.refs, p.idents = slices.Compact(p.refs), slices.Compact(p.idents)
	p.number(w, found)
	return p, nil
}

func (p *Program) names(n *node) {
	for i := range n.actors {
		a := &n.actors[i]
		if a.ref != "" {
			p.refs = append(p.refs, a.ref)
		}
		if a.ident != (Coding{}) {
			p.idents = append(p.idents, a.ident)
		}
	}
}

// Actors are the references to viewers that the choices name, as "Type/id", and
// the identifiers by which they name others: nothing else about who a viewer is
// changes a verdict. Both are in order; callers must not write to them. The nil
// Program names nobody.
func (p *Program) Actors() (refs []string, idents []Coding) {
	if p == nil {
		return nil, nil
	}
	return p.refs, p.idents
}

// number gives every condition its bit, in an order that does not hang on that
// of the choices, and seals what the bits mean with the mark.
func (p *Program) number(w World, found map[string]test) {
	digest, bit := sha256.New(), map[string]int{}
	digest.Write([]byte(w.zone().String()))
	for i, whole := range slices.Sorted(maps.Keys(found)) {
		sum := sha256.Sum256([]byte(whole))
		digest.Write(sum[:])
		t := found[whole]
		bit[whole] = i
		p.tests = append(p.tests, t)
	}
	copy(p.mark[:], digest.Sum(nil))
	for at, c := range p.cs {
		if !c.enforced() {
			continue
		}
		p.bits[at] = make([]int, c.count)
		c.root.each(func(n *node) {
			p.bits[at][n.seq] = -1
			if n.cond != nil {
				t := w.test(n.cond)
				p.bits[at][n.seq] = bit[t.whole()]
			}
		})
	}
}

// whole is the key of a condition with what the world adds to it.
func (t *test) whole() string {
	if !t.resolved {
		return t.key
	}
	return t.key + "\n" + strings.Join(t.targets, "\n")
}

// Class works out which conditions a resource meets.
func (p *Program) Class(i *Item) Class {
	if p == nil || len(p.tests) == 0 {
		return ""
	}
	if i == nil {
		return "-" // no program takes it
	}
	b := make([]byte, p.classBytes())
	copy(b, p.mark[:])
	for n := range p.tests {
		b[markBytes+n/4] |= byte(p.tests[n].answers(i)) << (n % 4 * 2)
	}
	return Class(base64.RawURLEncoding.EncodeToString(b))
}

// classBytes is how long a class is: the mark, and two bits for the answer to
// each condition.
func (p *Program) classBytes() int { return markBytes + (len(p.tests)+3)/4 }

// met is what a class says of each condition.
type met []byte

func (m met) answer(bit int) answer {
	if bit < 0 {
		return yes // nothing was asked
	}
	return min(answer(m[bit/4]>>(bit%4*2)&3), yes)
}

// met reads a class. It is false for one of other conditions; where there are
// none, it does not matter which class it is.
func (p *Program) met(c Class) (m met, ok bool) {
	if p == nil || len(p.tests) == 0 {
		return nil, p != nil
	}
	b, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || len(b) != p.classBytes() || [markBytes]byte(b) != p.mark {
		return nil, false
	}
	return b[markBytes:], true
}

// Verdict is what Decide says of every resource of the class. A class of other
// conditions is refused. Whoever asks about several classes makes a View.
func (p *Program) Verdict(v *Viewer, c Class) Verdict { return p.View(v).Verdict(c) }

// NextChange is the earliest moment after now at which a period of any choice
// begins or ends, so that verdicts may change with nobody doing anything; the
// zero time if there is none. Dates without a time zone are read in that of
// now.
func (p *Program) NextChange(now time.Time) time.Time {
	if p == nil {
		return time.Time{}
	}
	at, next := now.UnixMicro(), int64(fhir.Latest)
	for _, c := range p.cs {
		if !c.enforced() {
			continue
		}
		c.root.each(func(n *node) {
			if n.period.absent() {
				return
			}
			i := n.period.in(now.Location())
			for _, edge := range []int64{i.Low, i.High} {
				if edge > at && edge < next {
					next = edge
				}
			}
		})
	}
	if next == fhir.Latest {
		return time.Time{}
	}
	return time.UnixMicro(next).In(now.Location())
}

// Watches are the resources of which the program knows what they refer to, as
// "Type/id" in order. When one of them changes, the program has to be compiled
// again, and classes worked out where its mark differs.
func (p *Program) Watches() []string {
	if p == nil {
		return nil
	}
	var refs []string
	for i := range p.tests {
		for _, d := range p.tests[i].data {
			if d.meaning == related {
				refs = append(refs, d.ref)
			}
		}
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}
