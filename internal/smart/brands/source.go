package brands

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// File is a bundle in a file that the operator wrote. It is read again when the
// file changes. It is safe for concurrent use.
type File struct {
	path, base string
	log        *slog.Logger

	mu   sync.Mutex
	seen os.FileInfo
	last *Bundle
}

// OpenFile reads the bundle in a file; base is the URL of the FHIR interface.
// An error says what to mend.
func OpenFile(path, base string, log *slog.Logger) (*File, error) {
	f := &File{path: path, base: base, log: log}
	info, err := os.Stat(path)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The file of brands "+path+" can not be read. Check its name and who may read it.", err)
	}
	f.last, err = f.read(info)
	f.seen = info
	return f, err
}

// Bundle is what the file says now, or what it said before it was spoilt: then
// the log says what is wrong with it.
func (f *File) Bundle(context.Context) (*Bundle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil || info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size() {
		return f.last, nil // a file that is away for a moment is being replaced
	}
	f.seen = info
	b, err := f.read(info)
	if err != nil {
		f.log.Warn("the file of brands was changed and is not used: what was there before is still published", "cause", problem.LogText(err))
		return f.last, nil
	}
	f.last = b
	return b, nil
}

func (f *File) read(info os.FileInfo) (*Bundle, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The file of brands "+f.path+" can not be read. Check its name and who may read it.", err)
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The file of brands "+f.path+" can not be read. Check the disk.", err)
	}
	return Read(text, info.ModTime(), f.base)
}

// Lister lists organisations by their codes, those behind after; it gives
// none at the end.
type Lister interface {
	Organisations(ctx context.Context, after string, most int) ([]staff.Organisation, error)
}

// onePage is how many organisations are asked for at once.
const onePage = 1_000

// Kept is the bundle of the organisations that this server keeps. It is safe
// for concurrent use.
type Kept struct {
	list Lister
	site Site
	now  func() time.Time

	mu    sync.Mutex
	asked time.Time
	last  *Bundle
}

// NewKept makes one. now is the clock; nil is time.Now.
func NewKept(list Lister, site Site, now func() time.Time) *Kept {
	if now == nil {
		now = time.Now
	}
	return &Kept{list: list, site: site, now: now}
}

// remembered is how long a list of organisations is good for: everybody may
// ask, and it is the same for all of them.
const remembered = 10 * time.Second

// Bundle is the bundle of now or of up to ten seconds ago; nil where there is
// no organisation.
func (k *Kept) Bundle(ctx context.Context) (*Bundle, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if !k.asked.IsZero() && now.Sub(k.asked) < remembered && !now.Before(k.asked) {
		return k.last, nil
	}
	var all []staff.Organisation
	for after := ""; ; {
		page, err := k.list.Organisations(ctx, after, onePage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 || len(all) > maxOrganisations {
			break
		}
		all = append(all, page...)
		after = page[len(page)-1].ODS
	}
	b, err := Make(all, k.site)
	if err != nil {
		return nil, err
	}
	k.asked, k.last = now, b
	return b, nil
}

// maxOrganisations bounds what is put together for anybody who asks: with more,
// the bundle would be larger than MaxBytes, and the operator writes one.
const maxOrganisations = 6_000
