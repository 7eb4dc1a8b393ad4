package app

import (
	"context"
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/internal/audit/witness"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// witnessCommand watches the access logs of others.
type witnessCommand struct {
	State   string   `help:"The folder with the witness's key and what it saw last. Keep it: a witness that forgets is none." default:"witness" env:"BEVAN_WITNESS_STATE" placeholder:"DIR"`
	Name    string   `help:"The witness's name, such as witness.example.org. It counts when the key is made." env:"BEVAN_WITNESS_NAME" placeholder:"NAME"`
	Logs    []string `name:"log" help:"The public key of a log to watch, as bevan serve shows it below --log-path at key." required:"" env:"BEVAN_WITNESS_LOGS" placeholder:"KEY"`
	Listen  string   `help:"The address to listen on, as host:port." default:"127.0.0.1:8081" env:"BEVAN_WITNESS_LISTEN" placeholder:"ADDR"`
	TLSCert string   `name:"tls-cert" help:"Serve TLS with the certificate chain in this PEM file." env:"BEVAN_TLS_CERT" placeholder:"FILE"`
	TLSKey  string   `name:"tls-key" help:"The key for the certificate, in PEM." env:"BEVAN_TLS_KEY" placeholder:"FILE"`
}

// Run watches until it is stopped.
func (c *witnessCommand) Run(ctx context.Context, s Streams) error {
	folder, err := witness.OpenFolder(c.State)
	if err != nil {
		return err
	}
	held, err := db.LockFolder(c.State) // two processes would each cosign what the other refused
	if err != nil {
		return err
	}
	defer held.Close()
	signer, err := folder.Cosigner(c.Name, time.Now)
	if err != nil {
		return err
	}
	w, err := witness.New(signer, folder, c.Logs)
	if err != nil {
		return problem.Wrap(problem.Invalid, "One of the logs' keys can not be read. Copy it whole, from the log's page key.", err)
	}
	server, err := web.New(web.Config{Listen: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, MaxBody: 1 << 16})
	if err != nil {
		return err
	}
	server.Mount(witness.Path, w.Handle, nil)
	l, err := server.Listen(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Fprintf(s.Out, "The witness is ready.\n  Address: %s\n  Key:     %s\n", l.Addr(), signer.Key())
	return server.Run(ctx, l)
}
