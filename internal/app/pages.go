package app

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/portal/reading"
	"github.com/bevanhealth/bevan/internal/problem"
)

// pagesCommand is about the operator's own pages of the Health A to Z.
type pagesCommand struct {
	Check pagesCheck `cmd:"" help:"Check a folder of pages: whether each can be read, how hard it is to read, and what it replaces."`
	Copy  pagesCopy  `cmd:"" help:"Write the pages that came with this program into an empty folder, to begin from."`
}

type pagesCheck struct {
	Dir string `arg:"" help:"The folder with the pages, as for bevan serve --pages." placeholder:"DIR"`
}

// Run says of each page what it does and how hard it is to read, in years of age.
// It fails where bevan serve would not start with the folder.
func (c *pagesCheck) Run(out *terminalReport) error {
	l, err := readPages(c.Dir)
	if err != nil {
		return err
	}
	ours, err := atoz.Ours()
	if err != nil {
		return err
	}
	n := 0
	for _, p := range l.All() {
		if p.Ours {
			continue
		}
		n++
		does := "adds"
		if ours.Get(p.ID) != nil {
			does = "replaces ours"
		}
		out.line(fmt.Sprintf("%-13s  %s (%s)", does, p.ID, p.Title))
		if age := reading.Age(p.Text()); age > reading.Warn {
			out.line(fmt.Sprintf("               It is for readers of about %.0f years. Aim at 9, and at 11 at most: shorter sentences, plainer words.", age))
		}
		if p.Checked == "" {
			out.line("               It says that no clinician has checked it yet. Add a line checked: with a name when somebody has.")
		}
	}
	out.line(fmt.Sprintf("%d pages in %s are right. With ours there are %d.", n, c.Dir, len(l.All())))
	return nil
}

type pagesCopy struct {
	Dir string `arg:"" help:"A folder that is empty or not there yet." placeholder:"DIR"`
}

// Run writes the files.
func (c *pagesCopy) Run(out *terminalReport) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return problem.Wrap(problem.Invalid, "The folder can not be made. Name another one.", err)
	}
	if there, err := os.ReadDir(c.Dir); err != nil || len(there) > 0 {
		return problem.Wrap(problem.Conflict, "The folder has something in it already, and nothing was written. Name an empty one.", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	files := atoz.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := root.WriteFile(name, files[name], 0o644); err != nil {
			return err
		}
	}
	out.line(fmt.Sprintf("%d pages were written to %s. Keep those that you change; the others stay ours without a copy.", len(files), c.Dir))
	return nil
}

// readPages is the Health A to Z with the operator's pages; "" names none.
func readPages(dir string) (*atoz.Library, error) {
	if dir == "" {
		return atoz.Ours()
	}
	root, err := os.OpenRoot(dir) // a link in it leads nowhere outside
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The folder of pages can not be read. Check its name, and that the server may read it.", err)
	}
	defer root.Close()
	return atoz.Read(root.FS())
}
