package atoz

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed pages/*.md
var ours embed.FS

// Files is the pages that come with the program, by the names of their files.
func Files() map[string][]byte {
	all := map[string][]byte{}
	files, _ := fs.Glob(ours, "pages/*.md") // the pattern is right
	for _, name := range files {
		all[path.Base(name)], _ = ours.ReadFile(name) // it lies in the program
	}
	return all
}

// maxFiles bounds a folder of pages.
const maxFiles = 2000

// Library is all pages. It does not change once it was made.
type Library struct {
	pages  []*Page // by title
	byID   map[string]*Page
	byCode map[Code]*Page
	names  []name // what pages are found by
}

// Ours is the pages that come with the program. They are read once.
func Ours() (*Library, error) { return oursJoined() }

var oursJoined = sync.OnceValues(func() (*Library, error) { return Read(nil) })

// readPages is what came of reading a folder: its pages, and what is wrong with them.
type readPages struct {
	pages []*Page
	wrong []string
	err   error
}

// oursRead is our pages, read once for all libraries. None is changed after that.
var oursRead = sync.OnceValue(func() readPages {
	sub, err := fs.Sub(ours, "pages")
	if err != nil {
		return readPages{err: err}
	}
	r := read(sub)
	for _, p := range r.pages {
		p.Ours = true
	}
	return r
})

// Read is our pages and those of a folder, of which one with the id of ours
// replaces it; nil is no folder. Every file whose name ends in .md has to be
// right: a page that was mended and can not be read must not leave the one that
// was wrong in its place. The error says what is wrong with each file, in lines.
func Read(own fs.FS) (*Library, error) {
	all := oursRead()
	if all.err != nil {
		return nil, all.err
	}
	if own != nil {
		more := read(own)
		if more.err != nil {
			return nil, problem.Wrap(problem.Invalid, "The folder of pages can not be read. Check its name, and that the server may read it.", more.err)
		}
		all.pages, all.wrong = slices.Concat(all.pages, more.pages), slices.Concat(all.wrong, more.wrong)
	}
	l := &Library{byID: map[string]*Page{}, byCode: map[Code]*Page{}}
	for _, p := range all.pages {
		l.byID[p.ID] = p
	}
	wrong := append(slices.Clip(all.wrong), l.join()...)
	if len(wrong) > 0 {
		return nil, problem.Wrap(problem.Invalid, strings.Join(wrong, "\n"), errors.New("atoz: pages are wrong"))
	}
	return l, nil
}

// read reads the pages of a folder.
func read(dir fs.FS) (r readPages) {
	files, err := fs.ReadDir(dir, ".")
	if err != nil {
		return readPages{err: err}
	}
	if len(files) > maxFiles {
		return readPages{wrong: []string{fmt.Sprintf("The folder has %d files. Pages are read from at most %d.", len(files), maxFiles)}}
	}
	from := map[string]string{}
	for _, f := range files {
		if f.IsDir() || path.Ext(f.Name()) != ".md" {
			continue
		}
		say := func(line int, text string) {
			at := f.Name()
			if line > 0 {
				at += ", line " + strconv.Itoa(line)
			}
			r.wrong = append(r.wrong, at+": "+text)
		}
		text, err := readFile(dir, f.Name())
		if err != nil {
			say(0, "This file can not be read. Check that the server may read it.")
			continue
		}
		p, faults := parse(text)
		for _, f := range faults {
			say(f.line, f.says)
		}
		if len(faults) > 0 {
			continue
		}
		if other, twice := from[p.ID]; twice {
			say(0, "The id "+p.ID+" is that of "+other+" too. Give one of them another.")
			continue
		}
		from[p.ID] = f.Name()
		r.pages = append(r.pages, p)
	}
	return r
}

func readFile(dir fs.FS, name string) (string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return string(b), err
}

// parse reads one file.
func parse(file string) (*Page, []fault) {
	switch {
	case len(file) > maxFile:
		return nil, []fault{{0, "This file is too long. A page has at most 64 kB."}}
	case !utf8.ValidString(file):
		return nil, []fault{{0, "This file is not text in UTF-8. Save it as UTF-8."}}
	case strings.ContainsRune(file, 0):
		return nil, []fault{{0, "This file has a zero byte in it. Save it as plain text."}}
	}
	p, rest, line, faults := head(strings.ReplaceAll(strings.TrimPrefix(file, "\ufeff"), "\r\n", "\n"))
	if line == 0 {
		return p, faults
	}
	faults = append(faults, p.body(rest, line)...)
	p.lower = strings.ToLower(p.text)
	return p, faults
}

// join makes the lists by which pages are found, and checks what leads from one
// to another.
func (l *Library) join() (wrong []string) {
	for _, p := range l.byID {
		l.pages = append(l.pages, p)
	}
	slices.SortFunc(l.pages, func(a, b *Page) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.ID, b.ID))
	})
	for _, p := range l.pages {
		for _, id := range p.links {
			if l.byID[id] == nil {
				wrong = append(wrong, p.ID+": It leads to "+id+", and there is no such page. Mend the link, or write the page.")
			}
		}
		for _, c := range p.Codes {
			if other := l.byCode[c]; other != nil && other.Ours == p.Ours {
				wrong = append(wrong, p.ID+": The code "+c.Code+" is that of "+other.ID+" too. Leave it to one of them.")
			} else if other == nil || other.Ours {
				l.byCode[c] = p
			}
		}
		l.names = append(l.names, namesOf(p)...)
	}
	return wrong
}

// All is every page, by title.
func (l *Library) All() []*Page { return l.pages }

// Get is the page of an id; nil for none.
func (l *Library) Get(id string) *Page { return l.byID[id] }

// maxCode is longer than the codes of every system that pages name.
const maxCode = 64

// For is the page about a code: the one that names it, or else the one that names
// the longest beginning of it.
func (l *Library) For(system, code string) (Link, bool) {
	if len(code) > maxCode {
		return Link{}, false
	}
	if p := l.byCode[Code{system, code}]; p != nil {
		return p.Link(), true
	}
	for n := len(code); n >= minStem; n-- {
		if p := l.byCode[Code{system, code[:n] + "*"}]; p != nil {
			return p.Link(), true
		}
	}
	return Link{}, false
}
