package takeaway

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Contents is what the page for people is made of.
type Contents struct {
	At      time.Time // when the copy was made
	Patient string    // the id of the Patient
	Types   []Of      // in the order in which Each gives them
	Files   []Attached
	Parts   []Part
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
	still := func() error { return c.cfg.Still(ctx, cp.whose) }
	err = c.make(ctx, j, cp, still)
	if problem.Is(err, problem.Forbidden) { // nobody waits for it any more
		return errors.Join(err, c.clear(ctx, id, theSource, theFile))
	}
	return err
}

// make makes one copy, for as long as the person still may have it.
func (c *Copies) make(ctx context.Context, j *jobs.Job, cp Copy, still func() error) error {
	if err := still(); err != nil {
		return err
	}
	who := j.Who()
	who.Bound = access.AllTypes(access.Looking &^ access.Follow) // what bounds an own copy, whatever was there when it was asked for
	s, err := c.cfg.Open(ctx, who, cp.whose.Patient)
	if err != nil {
		return err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	if err := c.clear(ctx, cp.ID, theSource, theFile); err != nil {
		return err
	}
	room := c.cfg.Most
	g := &source{c: c, s: s, w: &writer{pieces: c.pieces(ctx, cp.ID, theSource, k), room: &room, still: still},
		names: map[string]string{}, refs: map[record.Key]bool{}, have: map[record.Key]bool{}}
	if err := g.gather(ctx); err != nil {
		return err
	}
	out := &writer{pieces: c.pieces(ctx, cp.ID, theFile, k), room: &room, still: still}
	b := &build{c: c, ctx: ctx, of: cp.whose, g: g, zip: zip.NewWriter(out), at: c.cfg.Now().UTC().Truncate(time.Second)}
	if err := b.all(); err != nil {
		return err
	}
	if err := out.end(); err != nil {
		return err
	}
	if err := still(); err != nil {
		return err
	}
	return c.finish(ctx, j, cp, out)
}

// clear takes away pieces.
func (c *Copies) clear(ctx context.Context, id string, kinds ...int64) error {
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		for _, k := range kinds {
			if _, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1 AND kind = $2", id, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// finish makes the copy one that can be fetched, and leaves the news.
func (c *Copies) finish(ctx context.Context, j *jobs.Job, cp Copy, out *writer) error {
	now := c.cfg.Now()
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE takeaway SET ready = $2, ends = $3, bytes = $4, parts = $5 WHERE id = $1 AND ready = 0",
			cp.ID, now.Unix(), now.Add(Life).Unix(), out.bytes, out.n)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1 AND kind = $2", cp.ID, int64(theSource)); err != nil {
			return err
		}
		if n == 0 { // erased or replaced meanwhile
			_, err := tx.Exec("DELETE FROM takeaway_part WHERE copy = $1", cp.ID)
			return err
		}
		if err := j.SaveIn(tx, 1, 1, nil); err != nil {
			return err
		}
		return c.cfg.Tell(tx, cp.whose.Account)
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
		_, err := io.WriteString(w, b.c.cfg.Readme)
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

// parts writes what is held beside the record.
func (b *build) parts() error {
	for _, p := range b.c.cfg.Parts {
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
		return b.c.cfg.Page(w, &Contents{At: b.at, Patient: b.of.Patient, Types: b.g.types, Files: b.kept, Parts: b.c.cfg.Parts,
			Name: func(ref string) string { return b.g.names[ref] },
			Each: func(fn func(*fhir.Tree) error) error {
				return b.g.each(func(_ string, line []byte) error {
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

func (b *build) manifest() error {
	text, err := json.MarshalIndent(manifest{Made: b.at, Patient: b.of.Patient, Load: "unzip the file, then: bevan load fhir", Files: b.list}, "", "  ")
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: "manifest.json", Method: zip.Deflate, Modified: b.at})
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	return err
}
