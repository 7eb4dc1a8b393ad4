package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

type clientCommand struct {
	Add    clientAdd    `cmd:"" help:"Let a program in by itself (SMART Backend Services), or an app that acts for people."`
	Invite clientInvite `cmd:"" help:"Make an invitation by which a program registers itself."`
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
	Scope    []string `help:"What it may ask for, such as system/Observation.rs or patient/*.rs; may be given several times." required:"" sep:"none" placeholder:"SCOPE"`
	Profile  string   `help:"The rules that it is held to: smart (SMART App Launch 2.2) or fapi2 (FAPI 2.0)." enum:"smart,fapi2" default:"smart"`
	Proof    string   `help:"How it proves who it is: key, by one of its public keys; secret, which is made here and shown once; none, for an app on a person's own device." enum:"key,secret,none" default:"key"`
	Redirect []string `help:"An address that people may be sent back to; may be given several times. With one it acts for people; without it is a program that asks by itself." sep:"none" placeholder:"URL"`
	Logout   []string `help:"An address that people may be sent back to when they signed out; may be given several times." sep:"none" placeholder:"URL"`
	Launch   string   `help:"The address at which the app is opened from the pages of Bevan." placeholder:"URL"`
	Device   bool     `help:"It lives on a device without a browser, which shows a code that people type elsewhere (RFC 8628)."`
	Exchange bool     `help:"It may exchange the tokens of people for narrower ones, and act for those whom they act for (RFC 8693)."`
	Private  bool     `name:"private-network" help:"Its keys may be fetched from an address that is not on the public Internet."`
	Use      string   `help:"What a program that asks by itself uses data for: service, the work of this service; or research, which is research and planning. People who said no to that are left out, and others are asked. It can not be changed later." enum:"service,research" default:"service"`
	keyPlace `embed:""`
}

// Run adds a program.
func (c *clientAdd) Run(ctx context.Context, out *terminalReport) error {
	if err := c.read(); err != nil {
		return err
	}
	return run(ctx, c.place, "client-add", c, out)
}

// spec is what the command says of the program.
func (c *clientAdd) spec() client.Spec {
	s := client.Spec{Name: c.Name, Profile: client.Profile(c.Profile), Proof: client.Proof(c.Proof), Keys: c.Keys, KeysURL: c.KeysURL,
		PrivateNetwork: c.Private, Redirects: c.Redirect, Logouts: c.Logout, LaunchURL: c.Launch, Scopes: strings.Join(c.Scope, " "),
		Grants: []string{client.ClientCredentials}}
	if len(c.Redirect) > 0 {
		s.Grants = []string{client.AuthorizationCode, client.RefreshToken}
	}
	if c.Use == "research" {
		s.Uses = access.Research
	}
	if c.Device && len(c.Redirect) == 0 {
		s.Grants = []string{client.RefreshToken}
	}
	if c.Device {
		s.Grants = append(s.Grants, client.DeviceCode)
	}
	if c.Exchange {
		s.Grants = append(s.Grants, client.TokenExchange)
	}
	return s
}

func (c *clientAdd) do(ctx context.Context, h *house, by access.Who, out report) error {
	cl, secret, err := h.apps.Add(ctx, c.spec())
	if err != nil {
		return err
	}
	if err := h.staff.Note(ctx, staff.Deed{Actor: by.Actor, What: staff.ClientAdded, About: cl.ID, Name: cl.Name}); err != nil {
		return errors.Join(err, h.apps.Revoke(ctx, cl.ID)) // nothing without a line about it
	}
	way := " may ask for tokens by itself, with these scopes: "
	if len(cl.Redirects) > 0 || c.Device {
		way = " may ask people for these scopes: "
	}
	out.line(cl.Name + way + cl.Scopes)
	if cl.Uses != access.Unstated {
		out.line("It is for " + cl.Uses.String() + " and nothing else: it sees who agreed to that, and nobody who said no.")
	}
	how := map[client.Proof]string{client.ByKey: "signs with one of its registered keys", client.BySecret: "shows a secret", client.NoProof: "proves nothing of itself"}[cl.Proof]
	if secret != "" {
		out.line("Its secret is shown this once: " + secret)
	}
	out.line("It is held to the profile " + string(cl.Profile) + ", and " + how + ". Its client_id is:")
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
		switch {
		case cl.Proof == client.BySecret:
			keys = "a secret"
		case cl.Proof == client.NoProof:
			keys = "no proof"
		case cl.KeysURL != "":
			keys = "keys at " + cl.KeysURL
		}
		if cl.Itself {
			keys += "; registered itself"
		}
		if cl.Uses != access.Unstated {
			keys += "; for " + cl.Uses.String()
		}
		out.line(fmt.Sprintf("%s  %-5s  %-20s  %s; %s; %s", cl.ID, cl.Profile, state, cl.Name, cl.Scopes, keys))
	}
	return nil
}

type clientRevoke struct {
	place  `json:"-"`
	ID     string `arg:"" help:"The client_id of the program." placeholder:"ID"`
	Reason string `required:"" help:"Why; it is kept." placeholder:"TEXT"`
}

// Run revokes a program.
func (c *clientRevoke) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "client-revoke", c, out)
}

func (c *clientRevoke) do(ctx context.Context, h *house, by access.Who, out report) error {
	if err := noteClient(ctx, h, by, staff.ClientRevoked, c.ID, c.Reason); err != nil {
		return err
	}
	if err := h.apps.Revoke(ctx, c.ID); err != nil {
		return err
	}
	out.line("The program " + c.ID + " is let in no more, on any node, from a second from now. Its exports that are running end. What it has read already can not be called back.")
	return nil
}

// noteClient writes down what is about to be done to a program that is there.
func noteClient(ctx context.Context, h *house, by access.Who, what staff.What, id, reason string) error {
	cl, found, err := h.apps.Get(ctx, id)
	if err != nil || !found || !cl.Revoked.IsZero() {
		return err // what comes next says that there is none; what is revoked already has its line
	}
	return h.staff.Note(ctx, staff.Deed{Actor: by.Actor, What: what, About: id, Name: cl.Name, Reason: reason})
}

type clientRotate struct {
	place    `json:"-"`
	ID       string `arg:"" help:"The client_id of the program. One with a secret gets another." placeholder:"ID"`
	keyPlace `embed:""`
}

// Run gives a program other keys.
func (c *clientRotate) Run(ctx context.Context, out *terminalReport) error {
	if err := c.read(); err != nil {
		return err
	}
	return run(ctx, c.place, "client-rotate", c, out)
}

func (c *clientRotate) do(ctx context.Context, h *house, by access.Who, out report) error {
	secret, err := h.apps.Rotate(ctx, c.ID, c.Keys, c.KeysURL)
	if err != nil {
		return err
	}
	// Without a line nobody sees the secret, so nobody can use it.
	if err := noteClient(ctx, h, by, staff.ClientRotated, c.ID, ""); err != nil {
		return err
	}
	if secret != "" {
		out.line("The program " + c.ID + " has this secret from now on, and the one before is good no more. It is shown this once:")
		out.line(secret) // the last line, for scripts
		return nil
	}
	out.line("The program " + c.ID + " signs with its new keys from now on. Tokens that it has are good until they run out, within five minutes.")
	return nil
}
