package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/problem"
)

// growthCommand is about children's measurements and the references that they are
// held against.
type growthCommand struct {
	Read growthRead `cmd:"" default:"withargs" help:"Say where each measurement in a file lies (this is what bevan growth FILE does)."`
	Add  growthAdd  `cmd:"" help:"Install a growth reference that you may use, such as UK-WHO: it is checked first."`
	List growthList `cmd:"" help:"List the growth references that charts can be drawn with."`
}

// growthPlace is where installed references lie.
type growthPlace struct {
	Data string `help:"The data folder; references lie in its folder growth." default:"data" env:"BEVAN_DATA" placeholder:"DIR"`
}

func (p growthPlace) dir() string { return filepath.Join(p.Data, "growth") }

// maxReferences bounds how many references are installed.
const maxReferences = 100

// readReferences are those of the program and those that are installed in a data
// folder. The one with the id first comes first; "" is the program's own choice.
// A damaged file is said, and none is left out in silence: a chart that is drawn
// by another reference than yesterday would mislead.
func readReferences(data, first string) ([]*growth.Reference, error) {
	all := slices.Clone(growth.Builtin())
	if at, err := os.Stat(data); err != nil || !at.IsDir() {
		return pick(all, first) // what is wrong with the folder is said when it is opened
	}
	installed, err := installedReferences(filepath.Join(data, "growth"))
	if err != nil {
		return nil, err
	}
	return pick(append(all, installed...), first)
}

// pick puts the reference with an id before the others.
func pick(all []*growth.Reference, first string) ([]*growth.Reference, error) {
	if first == "" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(r *growth.Reference) bool { return r.Info().ID == first })
	if i < 0 {
		return nil, problem.New(problem.Invalid, "There is no growth reference "+first+". There are: "+idsOf(all)+". Install one with bevan growth add.")
	}
	chosen := all[i]
	return append([]*growth.Reference{chosen}, slices.Delete(all, i, i+1)...), nil
}

func installedReferences(dir string) (all []*growth.Reference, err error) {
	root, err := os.OpenRoot(dir) // a link in it leads nowhere outside
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The folder of growth references can not be read: "+dir+". Check that the server may read it.", err)
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.json")
	if err != nil || len(names) > maxReferences {
		return nil, problem.Wrap(problem.Invalid, fmt.Sprintf("There are more than %d files in %s. Take some away.", maxReferences, dir), err)
	}
	for _, name := range names {
		text, err := readSmall(root, name)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, "The growth reference "+filepath.Join(dir, name)+" can not be read. Mend it, or take the file away.", err)
		}
		r, err := growth.Read(text, nil)
		if err != nil {
			return nil, problem.New(problem.Invalid, "The growth reference "+filepath.Join(dir, name)+" is damaged: "+err.Error()+". Install it again, or take the file away.")
		}
		if name != r.Info().ID+".json" || builtIn(r.Info().ID) {
			return nil, problem.New(problem.Invalid, "The growth reference "+filepath.Join(dir, name)+" has the id "+r.Info().ID+", which does not fit its name or is taken. Install references with bevan growth add.")
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *growth.Reference) int { return cmp.Compare(a.Info().ID, b.Info().ID) })
	return all, nil
}

// readSmall reads a file that may be as large as a reference is.
func readSmall(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	if info.Size() > growth.MaxFile {
		return nil, fmt.Errorf("it is larger than %d MB", growth.MaxFile>>20)
	}
	return root.ReadFile(name)
}

func builtIn(id string) bool {
	return slices.ContainsFunc(growth.Builtin(), func(r *growth.Reference) bool { return r.Info().ID == id })
}

func idsOf(all []*growth.Reference) string {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.Info().ID)
	}
	return strings.Join(ids, ", ")
}

type growthList struct{ growthPlace }

// Run lists what there is, and what each has.
func (c *growthList) Run(out *terminalReport) error {
	all, err := readReferences(c.Data, "")
	if err != nil {
		return err
	}
	for _, r := range all {
		i := r.Info()
		out.line(fmt.Sprintf("%s: %s, version %s, from %s%s", i.ID, i.Name, i.Version, i.Effective, hereFrom(i.ID)))
		for _, line := range holdings(r) {
			out.line("  " + line)
		}
	}
	return nil
}

func hereFrom(id string) string {
	if builtIn(id) {
		return ""
	}
	return " (installed)"
}

// holdings says what a reference has, so that a table that was left out is seen.
func holdings(r *growth.Reference) (lines []string) {
	for _, m := range growth.Measures {
		var parts []string
		for _, sex := range []growth.Sex{growth.Female, growth.Male} {
			if from, to := r.Range(m, sex); from != to {
				parts = append(parts, fmt.Sprintf("%s %.2f to %.2f years", sex, from, to))
			}
		}
		if len(parts) == 0 {
			parts = append(parts, "none")
		}
		lines = append(lines, m.String()+": "+strings.Join(parts, ", "))
	}
	i := r.Info()
	return append(lines, "source: "+i.Source, "licence: "+i.Licence, signedBy(i.SignedOff)+"; digest "+i.Digest[:16])
}

func signedBy(s *growth.SignOff) string {
	if s == nil {
		return "signed off by nobody"
	}
	return "signed off by " + s.By + " on " + s.On
}
