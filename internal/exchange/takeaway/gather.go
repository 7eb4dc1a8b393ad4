package takeaway

import (
	"bufio"
	"context"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Of is a type of resource in a copy, and how many there are.
type Of struct {
	Type  string
	Count int
}

// source is what a copy is made of: resources one a line, by type, in pieces.
type source struct {
	c     *Copies
	s     Session
	kinds []string // the types that are somebody's and that are copied
	sum   hash.Hash
	w     *writer
	types []Of
	names map[string]string   // what resources that say things are called
	refs  map[record.Key]bool // of shared types, that the record names
	have  map[record.Key]bool // of shared types, that are in the copy
	line  []byte
	since int

	led     []led                 // files to which entries lead
	opened  map[string][]Attached // by version of a Binary, which entries led to it
	missing []Missing
}

// stillEvery is after how many resources it is asked whether the person still
// may have a copy. It takes far less than a second to read so many.
const stillEvery = 64

// maxNamed bounds how many organisations, people who work there and the like are
// copied because the record names them, and how many names are remembered.
const maxNamed = 10_000

// somebodysTypes are those that can lie in a record.
func somebodysTypes() []string {
	shared := access.AboutNobody()
	return slices.DeleteFunc(slices.Clone(spec.Resources()), func(t string) bool { return slices.Contains(shared, t) })
}

// gather reads everything of the person, and then what it names.
func (g *source) gather(ctx context.Context) error {
	if _, err := g.s.Scan(ctx, g.kinds, time.Time{}, nil, "", g.entry); err != nil {
		return err
	}
	for range 2 { // a role names an organisation, which is one step further
		keys := make([]record.Key, 0, len(g.refs))
		for k := range g.refs {
			if !g.have[k] {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, func(a, b record.Key) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			g.have[k] = true
			r, err := g.s.Read(ctx, k, 0)
			switch {
			case problem.Is(err, problem.NotFound), problem.Is(err, problem.Gone), problem.Is(err, problem.Forbidden):
				continue
			case err != nil:
				return err
			}
			if err := g.take(r); err != nil {
				return err
			}
		}
	}
	if err := g.files(ctx); err != nil {
		return err
	}
	return g.w.end()
}

// entry adds a resource of the person's, and notes the files that it leads to.
func (g *source) entry(r record.Resource) error {
	t, err := fhir.Parse(r.Body, fhir.Limits{Bytes: len(r.Body), Nodes: 64 << 20})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	if err := g.addresses(r.Key, t); err != nil {
		return err
	}
	return g.add(r, t)
}

// take adds a resource.
func (g *source) take(r record.Resource) error {
	t, err := fhir.Parse(r.Body, fhir.Limits{Bytes: len(r.Body), Nodes: 64 << 20})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return g.add(r, t)
}

// tick asks now and then whether the person still may have a copy.
func (g *source) tick() error {
	if g.since++; g.since%stillEvery == 0 {
		return g.w.still()
	}
	return nil
}

func (g *source) add(r record.Resource, t *fhir.Tree) error {
	if err := g.tick(); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.sum, "%s %d\n", r.Key, r.Version) // a hash takes everything
	g.note(r.Key, t)
	if n := len(g.types); n > 0 && g.types[n-1].Type == r.Type {
		g.types[n-1].Count++
	} else {
		g.types = append(g.types, Of{r.Type, 1})
	}
	g.line = appendLine(g.line[:0], r.Body)
	_, err := g.w.Write(g.line)
	return err
}

// note remembers what a resource is called and what it names.
func (g *source) note(k record.Key, t *fhir.Tree) {
	if name := called(t.Root()); name != "" && len(g.names) < maxNamed {
		g.names[k.String()] = name
	}
	for n := range t.Strings("reference") {
		if len(g.refs) >= maxNamed {
			break
		}
		ref := fhir.ParseReference(n.Str())
		if ref.ID != "" && slices.Contains(access.AboutNobody(), ref.Type) {
			g.refs[record.Key{Type: ref.Type, ID: ref.ID}] = true
		}
	}
}

// called is what a resource that can say something is called.
func called(root fhir.Node) string {
	name := root.Get("name")
	if name.Kind() == fhir.String {
		return name.Str()
	}
	n := name.At(0)
	if s := n.Get("text").Str(); s != "" {
		return s
	}
	var parts []string
	for _, key := range []string{"prefix", "given"} {
		for g := range n.Get(key).Items() {
			parts = append(parts, g.Str())
		}
	}
	return strings.TrimSpace(strings.Join(append(parts, n.Get("family").Str()), " "))
}

// each reads the resources again, in their order.
func (g *source) each(fn func(typ string, line []byte) error) error {
	in := bufio.NewReaderSize(&reader{pieces: g.w.pieces, parts: g.w.n}, pieceSize)
	for _, of := range g.types {
		for range of.Count {
			line, err := in.ReadBytes('\n')
			if err != nil {
				if err == io.EOF {
					err = problem.Wrap(problem.Internal, "", io.ErrUnexpectedEOF)
				}
				return err
			}
			if err := fn(of.Type, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendLine appends a resource as one line: line ends stand between the tokens
// of JSON only, where white space means nothing.
func appendLine(dst, doc []byte) []byte {
	for _, c := range doc {
		if c != '\n' && c != '\r' {
			dst = append(dst, c)
		}
	}
	return append(dst, '\n')
}
