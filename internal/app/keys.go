package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

type keysCommand struct {
	Show   keysShow   `cmd:"" default:"withargs" help:"List the master keys, without their secrets."`
	Backup keysBackup `cmd:"" help:"Copy the key file to a safe place."`
	Rotate keysRotate `cmd:"" help:"Make a new master key, which seals from now on."`
	Wrap   keysWrap   `cmd:"" help:"Have the key service wrap the key file, so that the file alone opens nothing. The server has to be stopped."`
	Unwrap keysUnwrap `cmd:"" help:"Make the key file one that opens by itself. The server has to be stopped."`
}

type keysShow struct{ place }

// Run lists the keys.
func (c *keysShow) Run(out *terminalReport) error {
	ring, err := c.openRing(filepath.Join(c.Data, keysFile))
	if err != nil {
		return err
	}
	for _, k := range ring.Info() {
		use := "opens what it sealed"
		if k.Current {
			use = "seals new records"
		}
		out.line(fmt.Sprintf("key %d  made %s  fingerprint %s  %s", k.ID, k.Made.Format("2 January 2006"), k.Fingerprint, use))
	}
	return nil
}

type keysBackup struct {
	place
	To string `arg:"" help:"The new file. Keep it apart from the backups of the store." placeholder:"FILE"`
}

// Run copies the key file.
func (c *keysBackup) Run(out *terminalReport) error {
	ring, err := c.openRing(filepath.Join(c.Data, keysFile))
	if err != nil {
		return err
	}
	if err := ring.Backup(c.To); err != nil {
		return err
	}
	if c.KeyService != "" {
		out.line("The keys are in " + c.To + ", wrapped by the key service. Without the service nobody can open them: keep a backup of its key as well.")
		return nil
	}
	out.line("The keys are in " + c.To + ". Whoever has them and a copy of the store can read everything: keep the two apart.")
	return nil
}

type keysRotate struct {
	place `json:"-"`
}

// Run makes a new master key.
func (c *keysRotate) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "rotate", c, out)
}

func (c *keysRotate) do(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := h.session(ctx, access.Job("rotate", by), access.Operations)
	if err != nil {
		return err
	}
	if err := h.ring.Rotate(); err != nil {
		return err
	}
	if err := s.Rewrap(ctx, func(int64) { out.progress(step{Of: "wrapping the keys of people again"}) }); err != nil {
		return err
	}
	if err := h.rewrapAccounts(ctx, out); err != nil {
		return err
	}
	if err := h.rewrapConsent(ctx, out); err != nil {
		return err
	}
	if err := h.apps.RotateKeys(ctx); err != nil {
		return err
	}
	if err := h.upstream.Reseal(ctx); err != nil {
		return err
	}
	out.line("A new master key seals from now on, and wraps the keys of everybody. Tokens are signed with new keys. Back it up with bevan keys backup, and copy " + keysFile + " to every other node.")
	return nil
}

// rewrapAccounts wraps the keys of accounts with the newest master key.
func (h *house) rewrapAccounts(ctx context.Context, out report) error {
	const page = 500
	done, after := int64(0), ""
	for {
		last, err := h.accounts.Rewrap(ctx, after, page)
		if err != nil || last == "" {
			return err
		}
		after, done = last, done+page
		out.progress(step{Count: done, Of: "accounts, whose keys are wrapped again"})
	}
}

// keyService is the service that was named; nil for none.
func (p place) keyService() (seal.Wrapper, error) {
	if p.KeyService == "" {
		return nil, nil
	}
	return seal.NewVault(p.KeyService, func() (string, error) { return readSecret(p.KeyServiceToken, "--key-service-token") }, nil)
}

// openRing opens a key file by the service that was named.
func (p place) openRing(path string) (*seal.Ring, error) {
	service, err := p.keyService()
	if err != nil {
		return nil, err
	}
	return seal.OpenBy(path, service)
}

type keysWrap struct{ place }

// Run wraps the key file.
func (c *keysWrap) Run(ctx context.Context, out *terminalReport) error {
	err := c.guard(ctx, true)
	if err == nil {
		out.line("The key file is wrapped, and opens nothing without the key service. Start the server with --key-service. Older copies of the file still open what they opened: destroy them, then run bevan keys rotate.")
	}
	return err
}

type keysUnwrap struct{ place }

// Run makes the key file a plain one.
func (c *keysUnwrap) Run(ctx context.Context, out *terminalReport) error {
	err := c.guard(ctx, false)
	if err == nil {
		out.line("The key file opens by itself now. Start the server without --key-service, and keep the file as safe as the records.")
	}
	return err
}

// guard opens the house, which no other process can then, and writes its key
// file anew.
func (p place) guard(ctx context.Context, wrap bool) (err error) {
	service, err := p.keyService()
	if err != nil {
		return err
	}
	if service == nil {
		return problem.New(problem.Invalid, "Name the key service with --key-service.")
	}
	now, to := p, service
	if wrap {
		now.KeyService = ""
	} else {
		to = nil
	}
	h, err := openHouse(ctx, now, settings{})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := h.close(); err == nil {
			err = cerr
		}
	}()
	return h.ring.Guard(to)
}
