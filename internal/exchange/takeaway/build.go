package takeaway

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Contents is what the page for people is made of.
type Contents struct {
	At      time.Time // when the copy was made
	Patient string    // the id of the Patient
	Types   []Of      // in the order in which Each gives them
	Files   []Attached
	Missing []Missing
	Parts   []Part
	For     bool // it is of somebody who acts for them, by their right
	// Each calls fn for each resource, type by type.
	Each func(fn func(t *fhir.Tree) error) error
	// Lines calls fn for each line of a part, as its cells.
	Lines func(p Part, fn func(cells []string) error) error
	// Name is what the resource behind a reference is called; "" where it is not
	// known.
	Name func(reference string) string
}

// manifest says what is in the file, so that anybody can see whether it is
// whole.
type manifest struct {
	Made    time.Time `json:"made"`
	Patient string    `json:"patient"`
	Load    string    `json:"load"`
	Files   []listed  `json:"files"`
	Missing []Missing `json:"missing,omitempty"`
}

type listed struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`
	Count  int    `json:"count,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// work makes one copy. A start that was stopped is begun again from the
// beginning: what is half made can not be gone on with.
func (c *Copies) work(ctx context.Context, j *jobs.Job) error {
	id := string(j.Args)
	cp, found, err := c.find(ctx, "id = $1", id)
	if err != nil || !found || !cp.Ready.IsZero() {
		return err // it was replaced, or is there
	}
	done := func(tx *db.Tx) error {
		if err := j.SaveIn(tx, 1, 1, nil); err != nil {
			return err
		}
		return c.cfg.Tell(tx, cp.whose.Account)
	}
	if err := c.clear(ctx, id); err != nil {
		return err
	}
	_, err = c.make(ctx, cp, done)
	for range changedTries {
		if errors.Is(err, errChanged) {
			_, err = c.make(ctx, cp, done)
		}
	}
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) { // nobody waits for it any more
		return errors.Join(err, c.clear(ctx, id))
	}
	return err
}

// make makes the file of one copy, for as long as whoever asked for it still may
// have it, and does what is to be done in the transaction that makes it one that
// can be fetched. What there was before is replaced.
func (c *Copies) make(ctx context.Context, cp Copy, done func(*db.Tx) error) (Copy, error) {
	s, as, err := c.session(ctx, cp.whose)
	if err != nil {
		return Copy{}, err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return Copy{}, err
	}
	still := func() error { return c.same(ctx, cp.whose, as) }
	room := c.cfg.Most
	file := newFile()
	g := c.source(s, as, &writer{pieces: c.pieces(ctx, cp.ID, -file, k), room: &room, still: still})
	if err := g.gather(ctx); err != nil {
		return Copy{}, err
	}
	out := &writer{pieces: c.pieces(ctx, cp.ID, file, k), room: &room, still: still}
	b := &build{c: c, ctx: ctx, of: cp.whose, g: g, zip: zip.NewWriter(out), at: c.cfg.Now().UTC().Truncate(time.Second)}
	if err := b.all(); err != nil {
		return Copy{}, err
	}
	if err := out.end(); err != nil {
		return Copy{}, err
	}
	if err := still(); err != nil {
		return Copy{}, err
	}
	if cp.whose.Mandate != "" {
		cp.sum = g.digest()
	}
	return c.finish(ctx, cp, out, done)
}

// clear takes away the pieces of a copy.
func (c *Copies) clear(ctx context.Context, id string) error {
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1", id)
		return err
	})
}

// finish makes the copy one that can be fetched. Of several who make the same
// one at a time, the first is the one who made it.
func (c *Copies) finish(ctx context.Context, cp Copy, out *writer, done func(*db.Tx) error) (Copy, error) {
	now := c.cfg.Now().UTC().Truncate(time.Second)
	made := cp
	made.Ready, made.Ends, made.Bytes, made.parts, made.file = now, now.Add(Life), out.bytes, out.n, out.kind
	if !cp.Ready.IsZero() {
		made.Ends = cp.Ends // made again, and not for longer
	}
	return made, c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE takeaway SET ready = $2, ends = $3, bytes = $4, parts = $5, file = $6, digest = $7 WHERE id = $1 AND file = $8",
			cp.ID, made.Ready.Unix(), made.Ends.Unix(), made.Bytes, made.parts, made.file, made.sum, cp.file)
		if err != nil {
			return err
		}
		if n == 0 { // erased or replaced meanwhile, or made by another
			if _, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1 AND kind IN ($2, $3)", cp.ID, out.kind, -out.kind); err != nil || cp.Ready.IsZero() {
				return err
			}
			return gone(nil)
		}
		if _, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1 AND kind <> $2", cp.ID, out.kind); err != nil {
			return err
		}
		return done(tx)
	})
}

// build writes the file.
type build struct {
	c    *Copies
	ctx  context.Context
	of   Whose
	g    *source
	zip  *zip.Writer
	at   time.Time
	list []listed
	kept []Attached
}

func (b *build) all() error {
	for _, step := range []func() error{b.readme, b.resources, b.bundle, b.attachments, b.parts, b.page, b.manifest, b.zip.Close} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// file writes one file and lists it.
func (b *build) file(l listed, fn func(io.Writer) error) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: l.Name, Method: zip.Deflate, Modified: b.at})
	if err != nil {
		return err
	}
	h := sha256.New()
	n := &counted{w: io.MultiWriter(w, h)}
	if err := fn(n); err != nil {
		return err
	}
	l.Bytes, l.SHA256 = n.n, hex.EncodeToString(h.Sum(nil))
	b.list = append(b.list, l)
	return nil
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func (b *build) readme() error {
	return b.file(listed{Name: "README.txt"}, func(w io.Writer) error {
		text := b.c.cfg.Readme
		if b.of.Mandate != "" {
			text = b.c.cfg.ReadmeFor
		}
		_, err := io.WriteString(w, text)
		return err
	})
}

// resources writes a file for each type (FHIR Bulk Data 2.0, NDJSON).
func (b *build) resources() error {
	if len(b.g.types) == 0 {
		return nil
	}
	next, stop := pull(b.g.each)
	defer stop()
	for _, of := range b.g.types {
		err := b.file(listed{Name: "fhir/" + of.Type + ".ndjson", Type: of.Type, Count: of.Count}, func(w io.Writer) error {
			for range of.Count {
				line, err := next()
				if err != nil {
					return err
				}
				if _, err := w.Write(line); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bundle writes everything once more as one resource.
func (b *build) bundle() error {
	return b.file(listed{Name: "bundle.json", Type: "Bundle", Count: 1}, func(w io.Writer) error {
		if _, err := io.WriteString(w, `{"resourceType":"Bundle","type":"collection","timestamp":"`+b.at.Format(time.RFC3339)+`","entry":[`); err != nil {
			return err
		}
		before := "\n"
		err := b.g.each(func(typ string, line []byte) error {
			t, err := fhir.Parse(line, fhir.Limits{Bytes: len(line), Nodes: 64 << 20})
			if err != nil {
				return problem.Wrap(problem.Internal, "", err)
			}
			head := before + "{"
			if b.c.cfg.Base != "" {
				url, err := json.Marshal(b.c.cfg.Base + "/" + typ + "/" + t.Root().Get("id").Str())
				if err != nil {
					return err
				}
				head += `"fullUrl":` + string(url) + ","
			}
			before = ",\n"
			for _, part := range [][]byte{[]byte(head + `"resource":`), line[:len(line)-1], []byte("}")} {
				if _, err := w.Write(part); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, "]}\n")
		return err
	})
}

// beside are the parts beside the record: those are for the person alone.
func (b *build) beside() []Part {
	if b.of.Mandate != "" {
		return nil
	}
	return b.c.cfg.Parts
}

// parts writes what is held beside the record.
func (b *build) parts() error {
	for _, p := range b.beside() {
		l := listed{Name: "other/" + p.Name + ".ndjson"}
		err := b.file(l, func(w io.Writer) error {
			return p.Each(b.ctx, b.of, func(line any, _ []string) error {
				text, err := json.Marshal(line)
				if err != nil {
					return problem.Wrap(problem.Internal, "", err)
				}
				_, err = w.Write(append(text, '\n'))
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// page writes the page for people.
func (b *build) page() error {
	return b.file(listed{Name: "index.html"}, func(w io.Writer) error {
		return b.c.cfg.Page(w, &Contents{At: b.at, Patient: b.of.Patient, Types: withoutFiles(b.g.types), Files: b.kept, Missing: b.g.missing, Parts: b.beside(), For: b.of.Mandate != "",
			Name: func(ref string) string { return b.g.names[ref] },
			Each: func(fn func(*fhir.Tree) error) error {
				return b.g.each(func(typ string, line []byte) error {
					if typ == typeBinary {
						return nil
					}
					t, err := fhir.Parse(line, fhir.Limits{Bytes: len(line), Nodes: 64 << 20})
					if err != nil {
						return problem.Wrap(problem.Internal, "", err)
					}
					return fn(t)
				})
			},
			Lines: func(p Part, fn func([]string) error) error {
				return p.Each(b.ctx, b.of, func(_ any, cells []string) error { return fn(cells) })
			}})
	})
}

// withoutFiles are the types of what people read as entries: a Binary is a file.
func withoutFiles(all []Of) []Of {
	return slices.DeleteFunc(slices.Clone(all), func(of Of) bool { return of.Type == typeBinary })
}

func (b *build) manifest() error {
	text, err := json.MarshalIndent(manifest{Made: b.at, Patient: b.of.Patient, Load: "unzip the file, then: bevan load fhir", Files: b.list, Missing: b.g.missing}, "", "  ")
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: "manifest.json", Method: zip.Deflate, Modified: b.at})
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	return err
}
