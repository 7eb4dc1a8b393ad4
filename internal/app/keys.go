package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/seal"
)

type keysCommand struct {
	Show   keysShow   `cmd:"" default:"withargs" help:"List the master keys, without their secrets."`
	Backup keysBackup `cmd:"" help:"Copy the key file to a safe place."`
	Rotate keysRotate `cmd:"" help:"Make a new master key, which seals from now on."`
}

type keysShow struct{ place }

// Run lists the keys.
func (c *keysShow) Run(out *terminalReport) error {
	ring, err := seal.Open(filepath.Join(c.Data, keysFile))
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
	ring, err := seal.Open(filepath.Join(c.Data, keysFile))
	if err != nil {
		return err
	}
	if err := ring.Backup(c.To); err != nil {
		return err
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
