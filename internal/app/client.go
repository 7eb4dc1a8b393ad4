package app

import (
	"context"
	"fmt"
	"os"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

type clientCommand struct {
	Add    clientAdd    `cmd:"" help:"Let a program in by itself (SMART Backend Services)."`
	List   clientList   `cmd:"" help:"List the programs that were let in."`
	Revoke clientRevoke `cmd:"" help:"Let a program in no more."`
	Rotate clientRotate `cmd:"" help:"Give a program other keys."`

	Describe clientDescribe `cmd:"" help:"Say who runs an app, and what for. People are told before they allow it anything."`
}

// keyPlace is where a program's public keys are.
type keyPlace struct {
	Keys    string `name:"jwks" help:"A file with the program's public keys, as a JWK Set." xor:"keys" placeholder:"FILE"`
	KeysURL string `name:"jwks-url" help:"The https address of its public keys." xor:"keys" placeholder:"URL"`
}

// read puts the text of the file in place of its name: a running server reads
// no files of whoever asks it.
func (k *keyPlace) read() error {
	if k.Keys == "" {
		return nil
	}
	info, err := os.Stat(k.Keys)
	if err != nil || info.Size() > client.MaxKeySet {
		return problem.Wrap(problem.Invalid, "The file "+k.Keys+" can not be read, or is larger than 64 kB. Name the file with the program's public keys.", err)
	}
	b, err := os.ReadFile(k.Keys)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The file "+k.Keys+" can not be read. Name the file with the program's public keys.", err)
	}
	k.Keys = string(b)
	return nil
}

type clientAdd struct {
	place    `json:"-"`
	Name     string   `arg:"" help:"What people will know it by." placeholder:"NAME"`
	Scope    []string `help:"What it may ask for, such as system/Observation.rs; may be given several times." required:"" sep:"none" placeholder:"SCOPE"`
	Profile  string   `help:"The rules that it is held to: smart (SMART App Launch 2.2) or fapi2 (FAPI 2.0)." enum:"smart,fapi2" default:"smart"`
	Private  bool     `name:"private-network" help:"Its keys may be fetched from an address that is not on the public Internet."`
	keyPlace `embed:""`
}

// Run adds a program.
func (c *clientAdd) Run(ctx context.Context, out *terminalReport) error {
	if err := c.read(); err != nil {
		return err
	}
	return run(ctx, c.place, "client-add", c, out)
}

func (c *clientAdd) do(ctx context.Context, h *house, _ access.Who, out report) error {
	spec := client.Spec{Name: c.Name, Profile: client.Profile(c.Profile), Proof: client.ByKey, Keys: c.Keys, KeysURL: c.KeysURL,
		PrivateNetwork: c.Private, Grants: []string{client.ClientCredentials}}
	for _, s := range c.Scope {
		spec.Scopes += " " + s
	}
	cl, _, err := h.apps.Add(ctx, spec)
	if err != nil {
		return err
	}
	out.line(cl.Name + " may ask for tokens by itself, with these scopes: " + cl.Scopes)
	out.line("It is held to the profile " + string(cl.Profile) + ", and signs with one of its registered keys. Its client_id is:")
	out.line(cl.ID) // the last line, for scripts
	return nil
}

type clientList struct {
	place `json:"-"`
}

// Run lists the programs.
func (c *clientList) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "client-list", c, out)
}

func (c *clientList) do(ctx context.Context, h *house, _ access.Who, out report) error {
	all, err := h.apps.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		out.line("No program was let in yet. Let one in with: bevan client add NAME --scope system/Observation.rs --jwks FILE")
	}
	for _, cl := range all {
		state := "since " + cl.Created.Format("2 Jan 2006")
		if !cl.Revoked.IsZero() {
			state = "revoked " + cl.Revoked.Format("2 Jan 2006")
		}
		keys := "keys given"
		if cl.KeysURL != "" {
			keys = "keys at " + cl.KeysURL
		}
		out.line(fmt.Sprintf("%s  %-5s  %-20s  %s; %s; %s", cl.ID, cl.Profile, state, cl.Name, cl.Scopes, keys))
	}
	return nil
}

type clientRevoke struct {
	place `json:"-"`
	ID    string `arg:"" help:"The client_id of the program." placeholder:"ID"`
}

// Run revokes a program.
func (c *clientRevoke) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "client-revoke", c, out)
}

func (c *clientRevoke) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if err := h.apps.Revoke(ctx, c.ID); err != nil {
		return err
	}
	out.line("The program " + c.ID + " is let in no more, on any node, from a second from now. Its exports that are running end. What it has read already can not be called back.")
	return nil
}

type clientRotate struct {
	place    `json:"-"`
	ID       string `arg:"" help:"The client_id of the program." placeholder:"ID"`
	keyPlace `embed:""`
}

// Run gives a program other keys.
func (c *clientRotate) Run(ctx context.Context, out *terminalReport) error {
	if err := c.read(); err != nil {
		return err
	}
	return run(ctx, c.place, "client-rotate", c, out)
}

func (c *clientRotate) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if _, err := h.apps.Rotate(ctx, c.ID, c.Keys, c.KeysURL); err != nil {
		return err
	}
	out.line("The program " + c.ID + " signs with its new keys from now on. Tokens that it has are good until they run out, within five minutes.")
	return nil
}
