package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
	"github.com/bevanhealth/bevan/internal/problem"
)

// vaccinationsCommand keeps the schedules by which it is told which vaccinations
// are due.
type vaccinationsCommand struct {
	Add  vaccinationsAdd  `cmd:"" help:"Install a vaccination schedule from a file: it is checked first."`
	List vaccinationsList `cmd:"" help:"List the vaccination schedules that can be used."`
}

// schedulePlace is where installed schedules lie.
type schedulePlace struct {
	Data string `help:"The data folder; schedules lie in its folder schedules." default:"data" env:"BEVAN_DATA" placeholder:"DIR"`
}

func schedulesIn(data string) string { return filepath.Join(data, "schedules") }

// Bounds of installed schedules.
const (
	maxSchedules     = 50
	maxScheduleBytes = 16 << 20
)

// scheduleID is what a schedule may be called, since its file is called so.
var scheduleID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// vaccinationsAdd installs a schedule.
type vaccinationsAdd struct {
	schedulePlace
	File    string `arg:"" help:"The schedule as JSON (docs/developers/england.md)." placeholder:"FILE"`
	Replace bool   `help:"Take the place of an installed schedule with the same id."`
	Check   bool   `help:"Only check it, and say what it has."`
}

// Run checks the file as a whole, and writes it into the data folder in one step.
func (c *vaccinationsAdd) Run(out *terminalReport) error {
	root, err := os.OpenRoot(filepath.Dir(c.File))
	if err != nil {
		return problem.Wrap(problem.NotFound, "The folder of "+c.File+" can not be read. Check its name.", err)
	}
	defer root.Close()
	text, err := readSchedule(root, filepath.Base(c.File))
	if err != nil {
		return problem.Wrap(problem.NotFound, "The file "+c.File+" can not be read. Check its name.", err)
	}
	s, err := england.Read(bytes.NewReader(text))
	if err != nil {
		return problem.New(problem.Invalid, "Nothing was installed. In "+c.File+": "+err.Error()+".")
	}
	ours, err := england.Ours()
	if err != nil {
		return err
	}
	switch {
	case !scheduleID.MatchString(s.ID()):
		return problem.New(problem.Invalid, "Nothing was installed. The id of a schedule has small letters, digits and hyphens, 64 at most.")
	case s.ID() == ours.ID():
		return problem.New(problem.Conflict, "The id "+s.ID()+" is that of the schedule of this program. Give yours another one.")
	}
	out.line(scheduleLine(s))
	if c.Check {
		out.line(s.ID() + " is right. Nothing was installed.")
		return nil
	}
	if err := c.write(s.ID(), text); err != nil {
		return err
	}
	out.line(s.ID() + " is installed. bevan serve --vaccinations " + s.ID() + " goes by it.")
	return nil
}

func (c *vaccinationsAdd) write(id string, text []byte) error {
	dir := schedulesIn(c.Data)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return problem.Wrap(problem.Unavailable, "The folder "+dir+" can not be made. Check that you may write there.", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	name := id + ".json"
	if _, err := root.Stat(name); !c.Replace && !errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.Conflict, "A schedule "+id+" is installed already. Use --replace to put this one in its place, or give it another id.")
	}
	part := name + ".part"
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The folder "+dir+" can not be written to. Check that you may.", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = root.Rename(part, name)
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The schedule could not be written to "+dir+". Check that there is room.", err)
	}
	return nil
}

// vaccinationsList lists schedules.
type vaccinationsList struct{ schedulePlace }

// Run lists ours and those that are installed. One that is damaged is said to be so.
func (c *vaccinationsList) Run(out *terminalReport) error {
	ours, err := england.Ours()
	if err != nil {
		return err
	}
	out.line(scheduleLine(ours))
	root, err := os.OpenRoot(schedulesIn(c.Data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return problem.Wrap(problem.Invalid, "The folder of schedules can not be read. Check that you may read it.", err)
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.json")
	if err != nil || len(names) > maxSchedules {
		return problem.Wrap(problem.Invalid, fmt.Sprintf("There are more than %d schedules. Take some away.", maxSchedules), err)
	}
	for _, name := range names {
		text, err := readSchedule(root, name)
		var s *england.Calendar
		if err == nil {
			s, err = england.Read(bytes.NewReader(text))
		}
		if err != nil {
			out.line(name + " is damaged: " + err.Error() + ". Install it again.")
			continue
		}
		out.line(scheduleLine(s))
	}
	return nil
}

func scheduleLine(s *england.Calendar) string {
	who := "nobody has signed it off"
	if by := s.SignedOff(); by != "" {
		who = "signed off by " + by
	}
	return fmt.Sprintf("%s  version %s, %d programmes, %d vaccines; %s; %s", s.ID(), s.Version(), len(s.Programmes()), len(s.Schedule().Vaccines), s.Schedule().Licence, who)
}

func readSchedule(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxScheduleBytes+1))
	if err == nil && len(b) > maxScheduleBytes {
		err = fmt.Errorf("it has more than %d bytes", maxScheduleBytes)
	}
	return b, err
}

// readVaccinations is the schedule with an id, from the data folder; "" is ours. A
// schedule that can not be read stops the server: what is due by another one than
// yesterday would mislead.
func readVaccinations(data, id string) (*given.Reader, error) {
	s, err := england.Ours()
	if err == nil && id != "" && id != s.ID() {
		s, err = installedSchedule(data, id)
	}
	if err != nil {
		return nil, err
	}
	return given.NewReader(s, time.Local), nil
}

func installedSchedule(data, id string) (*england.Calendar, error) {
	missing := "There is no vaccination schedule " + id + ". See bevan vaccinations list, and install one with bevan vaccinations add."
	if !scheduleID.MatchString(id) {
		return nil, problem.New(problem.Invalid, missing)
	}
	root, err := os.OpenRoot(schedulesIn(data)) // a link in it leads nowhere outside
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, missing, err)
	}
	defer root.Close()
	text, err := readSchedule(root, id+".json")
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, missing, err)
	}
	s, err := england.Read(bytes.NewReader(text))
	if err != nil {
		return nil, problem.New(problem.Invalid, "The vaccination schedule "+id+" is damaged: "+err.Error()+". Install it again.")
	}
	if s.ID() != id {
		return nil, problem.New(problem.Invalid, "The file of the vaccination schedule "+id+" holds "+s.ID()+". Install it again.")
	}
	return s, nil
}
