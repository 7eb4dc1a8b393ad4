package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/problem"
)

type upstreamCommand struct {
	Add    upstreamAdd    `cmd:"" help:"Name an OpenID provider, such as NHS login, that people may prove who they are with."`
	List   upstreamList   `cmd:"" help:"List the providers that were named."`
	Remove upstreamRemove `cmd:"" help:"Send nobody to a provider any more."`
}

type upstreamAdd struct {
	place    `json:"-"`
	ID       string   `arg:"" help:"A short id, such as nhs-login. It stands in the address that people come back to." placeholder:"ID"`
	Name     string   `arg:"" help:"What people know it by."`
	Issuer   string   `help:"Its issuer, exactly as it writes it." required:"" placeholder:"URL"`
	ClientID string   `name:"client-id" help:"The client_id by which it knows this server." required:"" placeholder:"ID"`
	Profile  string   `help:"How it speaks: nhs (NHS login), govuk (GOV.UK One Login) or oidc (any other)." enum:"nhs,govuk,oidc" default:"oidc"`
	Trust    []string `help:"What a level of the provider is worth here, such as P2=P9; may be given several times. What is not named is worth nothing." sep:"none" placeholder:"LEVEL=P9"`
	Vectors  string   `name:"vtr" help:"The vectors of trust to ask for, as JSON; left out, those of the profile." placeholder:"JSON"`
	Sign     string   `help:"What this server signs with: ES256, RS256, PS256 or RS512; left out, what the profile uses." placeholder:"ALG"`
	Private  bool     `name:"private-network" help:"It may be reached at an address that is not on the public Internet."`
}

// Run adds a provider.
func (c *upstreamAdd) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "upstream-add", c, out)
}

func (c *upstreamAdd) do(ctx context.Context, h *house, _ access.Who, out report) error {
	trust, err := trustOf(c.Trust)
	if err != nil {
		return err
	}
	of, err := h.upstream.Add(ctx, upstream.Spec{ID: c.ID, Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Profile: upstream.Profile(c.Profile),
		Vectors: c.Vectors, Trust: trust, PrivateNetwork: c.Private, Alg: c.Sign})
	if err != nil {
		return err
	}
	out.line("People can prove who they are with " + of.Name + " when the provider knows this server. Register there:")
	out.line("  where people come back to: " + h.upstream.Return(of.ID))
	out.line("  how this server proves itself: private_key_jwt, " + of.Alg + ", with this public key:")
	out.line(of.Public) // the last line, for scripts
	return nil
}

// trustOf reads what levels are worth.
func trustOf(list []string) (map[string]account.Proof, error) {
	all := map[string]account.Proof{}
	for _, text := range list {
		i := strings.LastIndex(text, "=")
		level, ok := map[string]account.Proof{"P0": account.P0, "P5": account.P5, "P9": account.P9}[text[i+1:]]
		if i < 1 || !ok {
			return nil, problem.New(problem.Invalid, "Say what a level of the provider is worth as P0, P5 or P9, such as --trust P2=P9.")
		}
		all[text[:i]] = level
	}
	return all, nil
}

type upstreamList struct {
	place `json:"-"`
}

// Run lists providers.
func (c *upstreamList) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "upstream-list", c, out)
}

func (c *upstreamList) do(ctx context.Context, h *house, _ access.Who, out report) error {
	all, err := h.upstream.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		out.line("No provider was named yet. Name one with: bevan upstream add nhs-login \"NHS login\" --profile nhs --issuer https://… --client-id …")
	}
	for _, of := range all {
		state := "since " + of.Added.Format("2 Jan 2006")
		if !of.Removed.IsZero() {
			state = "removed " + of.Removed.Format("2 Jan 2006")
		}
		out.line(fmt.Sprintf("%-12s  %-5s  %-20s  %s; %s", of.ID, of.Profile, state, of.Name, of.Issuer))
	}
	return nil
}

type upstreamRemove struct {
	place `json:"-"`
	ID    string `arg:"" help:"The id of the provider." placeholder:"ID"`
}

// Run removes a provider.
func (c *upstreamRemove) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "upstream-remove", c, out)
}

func (c *upstreamRemove) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if err := h.upstream.Remove(ctx, c.ID); err != nil {
		return err
	}
	out.line("Nobody is sent to " + c.ID + " any more, and nobody can sign in with it. What it proved stays proven.")
	return nil
}
