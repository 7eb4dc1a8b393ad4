package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	childevent "github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// openMessages opens the inbox of event messages. What a source sends, and sends
// badly, the register of sources hears: a source is one whose address is that of the
// system in the message.
func (h *house) openMessages(ctx context.Context) (err error) {
	h.messages, err = childevent.Open(ctx, childevent.Config{DB: h.store, Ring: h.ring, Heard: func(ctx context.Context, source string, well bool) error {
		all, err := h.sources.All(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			switch {
			case s.URI != source:
			case well:
				return h.sources.Heard(ctx, s.ID)
			default:
				return h.sources.FailedNow(ctx, s.ID)
			}
		}
		return nil
	}})
	return err
}

// messageSession is a session of an operator who takes a message into a record.
func (h *house) messageSession(ctx context.Context, who access.Who) (childevent.Session, error) {
	return h.session(ctx, access.Job("events", who), access.Operations)
}

type eventsCommand struct {
	Import eventsImport `cmd:"" help:"Take event messages (FHIR STU3 as XML) into the records. Those that can not be taken wait on the page for operators."`
	Export eventsExport `cmd:"" help:"Write an event that came as a message as a message again."`
}

type eventsImport struct {
	place `json:"-"`
	Paths []string `arg:"" help:"Files of messages, and folders with them." placeholder:"PATH"`
}

// Run takes messages in.
func (c *eventsImport) Run(ctx context.Context, out *terminalReport) error {
	for i := range c.Paths {
		if err := absolute(&c.Paths[i]); err != nil {
			return err
		}
	}
	return run(ctx, c.place, "events-import", c, out)
}

// do takes the files by their names, one after another: a message may need the one
// before it.
func (c *eventsImport) do(ctx context.Context, h *house, by access.Who, out report) error {
	files, err := messageFiles(c.Paths)
	if err != nil {
		return err
	}
	s, err := h.session(ctx, access.Job("events", by), access.Import)
	if err != nil {
		return err
	}
	done := map[childevent.State]int{}
	for i, file := range files {
		src, err := readMessage(file)
		if err != nil {
			return err
		}
		r, err := h.messages.Take(ctx, s, src, by.Actor)
		if err != nil {
			return err
		}
		if r.Refusal != nil {
			r.State = childevent.Waiting
			out.line(fmt.Sprintf("%s waits: %s: %s", file, r.Refusal.Where(), r.Refusal.Say))
		}
		done[r.State]++
		out.progress(step{Done: int64(i + 1), Total: int64(len(files)), Count: int64(i + 1), Of: "messages"})
	}
	out.line(fmt.Sprintf("%s messages: %s taken, %s taken before, %s older than what is here, %s wait for a person.", grouped(len(files)),
		grouped(done[childevent.Applied]), grouped(done[childevent.Same]), grouped(done[childevent.Late]), grouped(done[childevent.Waiting])))
	if n := done[childevent.Waiting]; n > 0 {
		return partly{problem.New(problem.Unprocessable, grouped(n)+" messages were not taken. They wait on the page for operators, under Messages, with the place and the reason.")}
	}
	return nil
}

// messageFiles are the files named, and those that end in .xml in the folders named.
func messageFiles(paths []string) (files []string, err error) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, "There is no file or folder "+p+" that can be read. Check the name.", err)
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.EqualFold(filepath.Ext(path), ".xml") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, problem.Wrap(problem.Unavailable, "The folder "+p+" could not be read. Check who owns it and its mode.", err)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// readMessage reads a file, and never more than a message may be long.
func readMessage(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, file+" could not be read. Check who owns it and its mode.", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, childevent.MaxBytes+1))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, file+" could not be read to its end. Check the disk.", err)
	}
	if len(src) > childevent.MaxBytes {
		return nil, problem.New(problem.TooLarge, fmt.Sprintf("%s is longer than the %s bytes that a message may have. Take it out.", file, grouped(childevent.MaxBytes)))
	}
	return src, nil
}

type eventsExport struct {
	place `json:"-"`
	Event string `arg:"" help:"The Provenance of the event, such as Provenance/3f2a." placeholder:"PROVENANCE"`
	To    string `help:"The file to write, which must not be there yet." required:"" placeholder:"FILE"`
}

// Run writes a message.
func (c *eventsExport) Run(ctx context.Context, out *terminalReport) error {
	if err := absolute(&c.To); err != nil {
		return err
	}
	return run(ctx, c.place, "events-export", c, out)
}

func (c *eventsExport) do(ctx context.Context, h *house, by access.Who, out report) error {
	id := strings.TrimPrefix(c.Event, "Provenance/")
	if !fhir.ValidID(id) {
		return problem.New(problem.Invalid, "Name the event by its Provenance, such as Provenance/3f2a.")
	}
	s, err := h.session(ctx, access.Job("events", by), access.Export)
	if err != nil {
		return err
	}
	text, err := childevent.Write(ctx, s, record.Key{Type: "Provenance", ID: id})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return problem.Wrap(problem.Invalid, c.To+" could not be made. Name a file that is not there yet.", err)
	}
	if _, err = f.Write(text); err != nil {
		return errors.Join(problem.Wrap(problem.Unavailable, c.To+" could not be written to its end. Make room on the disk.", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return problem.Wrap(problem.Unavailable, c.To+" could not be written to its end. Make room on the disk.", err)
	}
	out.line("The event is in " + c.To + ". It is not sealed: keep the file safe.")
	return nil
}
