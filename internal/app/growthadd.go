package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/problem"
)

// growthAdd installs a reference.
type growthAdd struct {
	growthPlace
	File    string `arg:"" help:"The reference: a manifest that says how it is joined from tables beside it, or one table in the published format (docs/operators/growth.md)." placeholder:"FILE"`
	Replace bool   `help:"Take the place of an installed reference with the same id."`
	Check   bool   `help:"Only check it, and say what it has."`

	ID        string `name:"id" help:"For a table without a manifest: a short name, such as turner." placeholder:"ID"`
	Name      string `help:"For a table without a manifest: what people are told, such as Turner syndrome." placeholder:"NAME"`
	Version   string `help:"For a table without a manifest: which version it is." placeholder:"VERSION"`
	Effective string `help:"For a table without a manifest: the day from which it is used, as 2026-05-03." placeholder:"DAY"`
	Source    string `help:"For a table without a manifest: who published it." placeholder:"TEXT"`
	Licence   string `help:"For a table without a manifest: by which right you use it." placeholder:"TEXT"`
	Method    string `help:"For a table without a manifest: whether children lay or stood." enum:",lying,standing" default:"" placeholder:"METHOD"`
}

// Run checks the file as a whole, and writes it as one file into the data folder.
func (c *growthAdd) Run(out *terminalReport) error {
	r, err := c.read()
	if err != nil {
		return err
	}
	id := r.Info().ID
	if builtIn(id) {
		return problem.New(problem.Conflict, "The id "+id+" is that of a reference of this program. Give yours another one.")
	}
	for _, line := range holdings(r) {
		out.line(line)
	}
	if c.Check {
		out.line(id + " is right. Nothing was installed.")
		return nil
	}
	if err := c.write(r); err != nil {
		return err
	}
	out.line(id + " is installed. Start the server again to draw charts with it; bevan serve --growth " + id + " draws them with it where nobody chose another.")
	return nil
}

func (c *growthAdd) read() (*growth.Reference, error) {
	root, err := os.OpenRoot(filepath.Dir(c.File)) // a manifest names tables beside it, and nothing else
	if err != nil {
		return nil, problem.Wrap(problem.NotFound, "The folder of "+c.File+" can not be read. Check its name.", err)
	}
	defer root.Close()
	text, err := readSmall(root, filepath.Base(c.File))
	if err != nil {
		return nil, problem.Wrap(problem.NotFound, "The file "+c.File+" can not be read. Check its name.", err)
	}
	text, err = c.manifest(text)
	if err != nil {
		return nil, err
	}
	r, err := growth.Read(text, func(name string) ([]byte, error) { return readSmall(root, name) })
	if err != nil {
		return nil, problem.New(problem.Invalid, "Nothing was installed. In "+c.File+" "+err.Error()+".")
	}
	return r, nil
}

// manifest is the text of the file, or one made of the flags when the file is a
// table.
func (c *growthAdd) manifest(text []byte) ([]byte, error) {
	var file map[string]json.RawMessage
	isJSON := json.Unmarshal(text, &file) == nil
	if isJSON && file["measurement"] == nil {
		return text, nil
	}
	if c.ID == "" || c.Name == "" || c.Version == "" || c.Effective == "" || c.Source == "" || c.Licence == "" {
		return nil, problem.New(problem.Invalid, "This file is a table without a manifest. Say what it is with --id, --name, --version, --effective, --source and --licence, or write a manifest (docs/operators/growth.md).")
	}
	return json.Marshal(map[string]any{
		"id": c.ID, "name": c.Name, "version": c.Version, "effective": c.Effective, "source": c.Source, "licence": c.Licence,
		"signedOff": nil,
		"pieces":    []map[string]string{{"name": c.Name, "table": filepath.Base(c.File), "method": c.Method}},
	})
}

// write puts the reference in its place in one step, so that a server that starts
// meanwhile reads all of it or none.
func (c *growthAdd) write(r *growth.Reference) error {
	if err := os.MkdirAll(c.dir(), 0o700); err != nil {
		return problem.Wrap(problem.Unavailable, "The folder "+c.dir()+" can not be made. Check that you may write there.", err)
	}
	root, err := os.OpenRoot(c.dir())
	if err != nil {
		return err
	}
	defer root.Close()
	name := r.Info().ID + ".json"
	if _, err := root.Stat(name); !c.Replace && !errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.Conflict, "A reference "+r.Info().ID+" is installed already. Use --replace to put this one in its place, or give it another id.")
	}
	text, err := r.Append(nil)
	if err != nil {
		return err
	}
	part := name + ".part"
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The folder "+c.dir()+" can not be written to. Check that you may.", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = root.Rename(part, name)
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The reference could not be written. Look whether the disk is full, and try again.", errors.Join(err, root.Remove(part)))
	}
	return nil
}
