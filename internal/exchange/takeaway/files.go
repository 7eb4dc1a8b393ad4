package takeaway

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const typeBinary = "Binary"

// led is an address in an entry that leads to a Binary of this server.
type led struct {
	of    record.Key
	url   string
	title string
	id    string // of the Binary
	ver   int64  // of it; 0 for the current one
}

// Missing is a file to which an entry of the copy leads and that is not in it: it
// is not there, or it may not be given, or it can not be read. Which, is not said.
type Missing struct {
	Of    string `json:"of"` // the resource, such as DocumentReference/7
	URL   string `json:"url"`
	Title string `json:"-"` // as the resource says; may be empty
}

// addresses notes which files an entry leads to (FHIR R4, Attachment.url).
func (g *source) addresses(k record.Key, t *fhir.Tree) error {
	for n := range t.Strings("url") {
		ref := fhir.ParseReference(n.Str())
		ours := ref.Form == fhir.Relative || ref.Form == fhir.Absolute && g.c.cfg.Base != "" && ref.Base == g.c.cfg.Base
		if !ours || ref.Type != typeBinary {
			continue
		}
		if len(g.led) >= maxAttached {
			return problem.New(problem.TooLarge, "Your record has too many files for one copy. Ask the people who run this service to give it to you in another way.").Because("takeaway-too-large")
		}
		ver, _ := strconv.ParseInt(ref.Version, 10, 64) // of one that is no number the record gives nothing
		g.led = append(g.led, led{of: k, url: n.Str(), title: n.Parent().Get("title").Str(), id: ref.ID, ver: ver})
	}
	return nil
}

// files takes the files to which entries lead, each version once, by the right
// that opens them: earlier versions first, so that what is loaded elsewhere ends
// with the current one.
func (g *source) files(ctx context.Context) error {
	slices.SortStableFunc(g.led, func(a, b led) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(uint64(a.ver-1), uint64(b.ver-1)))
	})
	g.opened = map[string][]Attached{}
	for _, l := range g.led {
		if err := g.tick(); err != nil {
			return err
		}
		r, err := g.s.ReadFile(ctx, l.of, func(now record.Resource) (string, error) { return l.stands(now) })
		switch {
		case problem.Is(err, problem.NotFound), problem.Is(err, problem.Gone), problem.Is(err, problem.Forbidden), problem.Is(err, problem.Internal) && ctx.Err() == nil:
			r = record.Resource{}
		case err != nil:
			return err
		}
		if err := g.file(l, r); err != nil {
			return err
		}
	}
	return nil
}

// stands gives the address where the entry still has it.
func (l led) stands(now record.Resource) (string, error) {
	t, err := fhir.Parse(now.Body, fhir.Limits{Bytes: len(now.Body), Nodes: 64 << 20})
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	for n := range t.Strings("url") {
		if n.Is(l.url) {
			return l.url, nil
		}
	}
	return "", nil
}

// file takes one file that was opened, or says that it is missing.
func (g *source) file(l led, r record.Resource) error {
	missing := func() error {
		_, _ = fmt.Fprintf(g.sum, "missing %s %s\n", l.of, l.url) // a hash takes everything
		g.missing = append(g.missing, Missing{l.of.String(), l.url, l.title})
		return nil
	}
	if r.Body == nil {
		return missing()
	}
	at := version(r.ID, strconv.FormatInt(r.Version, 10))
	_, taken := g.opened[at]
	if !taken {
		if err := g.take(r); err != nil {
			return err
		}
		g.opened[at] = nil
	}
	t, err := fhir.Parse(r.Body, fhir.Limits{Bytes: len(r.Body), Nodes: 64 << 20})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	if !readable(t.Root().Get("data").Str()) {
		return missing()
	}
	g.opened[at] = append(g.opened[at], Attached{Of: l.of.String(), Title: l.title})
	return nil
}

// readable tells whether there is a whole file in a text (FHIR R4, base64Binary).
func readable(text string) bool {
	b, err := base64.StdEncoding.DecodeString(strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			return -1
		}
		return c
	}, text))
	return err == nil && len(b) > 0
}

func version(id, n string) string { return id + "/" + n }

// open lists a file once for each entry that leads to it.
func (b *build) open(root fhir.Node, name string) {
	for _, a := range b.g.opened[version(root.Get("id").Str(), root.Get("meta").Get("versionId").Str())] {
		a.Name = name
		b.kept = append(b.kept, a)
	}
}
