package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// messages are the ways by which people are told what happens to their
// accounts. Where none is named nothing is sent.
type messages struct {
	MailRelay       string `help:"The server that takes mail for people, as smtps://host:port or smtp://host:port. TLS is always asked for; without it nothing is sent but to this machine." env:"BEVAN_MAIL_RELAY" placeholder:"URL"`
	MailFrom        string `help:"The address that mail to people comes from." env:"BEVAN_MAIL_FROM" placeholder:"ADDRESS"`
	MailCredentials string `help:"A file for the mail server: the name on its first line, the password on its second." env:"BEVAN_MAIL_CREDENTIALS" placeholder:"FILE"`
	NotifyURL       string `name:"notify-url" help:"A service of yours that sends messages on, by telephone and, without --mail-relay, by mail. Each is one signed request." env:"BEVAN_NOTIFY_URL" placeholder:"URL"`
	NotifySecret    string `help:"The file of the secret that signs messages to that service." env:"BEVAN_NOTIFY_SECRET" placeholder:"FILE"`
	NotifyPrivate   bool   `help:"The service may be at an address that is not on the public Internet." env:"BEVAN_NOTIFY_PRIVATE"`
}

// ways opens what was named, and connects to nothing.
func (m messages) ways(house notify.House) (notify.Ways, error) {
	ways := notify.Ways{}
	if m.NotifyURL != "" {
		secret, err := readSecret(m.NotifySecret, "--notify-secret")
		if err != nil {
			return nil, err
		}
		hook, err := notify.NewHook(notify.HookConfig{URL: m.NotifyURL, Secret: []byte(secret), Private: m.NotifyPrivate, House: house})
		if err != nil {
			return nil, err
		}
		ways[notify.Phone], ways[notify.Email] = hook, hook
	}
	if m.MailRelay != "" {
		c := notify.RelayConfig{URL: m.MailRelay, From: m.MailFrom, House: house}
		if m.MailCredentials != "" {
			text, err := readSecret(m.MailCredentials, "--mail-credentials")
			if err != nil {
				return nil, err
			}
			name, password, _ := strings.Cut(text, "\n")
			if c.User, c.Password = strings.TrimSpace(name), strings.TrimSpace(password); c.Password == "" {
				return nil, problem.New(problem.Invalid, "The file of --mail-credentials has the name on its first line and the password on its second. Mend it.")
			}
		}
		relay, err := notify.NewRelay(c)
		if err != nil {
			return nil, err
		}
		ways[notify.Email] = relay
	}
	return ways, nil
}

// maxSecret is more than any file of a secret holds.
const maxSecret = 4 << 10

// readSecret reads a file that others on this machine must not read. flag names
// it to people.
func readSecret(path, flag string) (string, error) {
	if path == "" {
		return "", problem.New(problem.Invalid, "A secret is needed and none was given. Put it in a file and name the file with "+flag+".")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", problem.Wrap(problem.Unavailable, "The file that "+flag+" names could not be opened. Check its name, and that this user may read it.", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", problem.Wrap(problem.Unavailable, "The file that "+flag+" names could not be read.", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", problem.New(problem.Unavailable, "Others on this machine can read the file that "+flag+" names. Run: chmod 600 "+quote(path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil || len(text) > maxSecret {
		return "", problem.Wrap(problem.Unavailable, "The file that "+flag+" names could not be read, or is too long for a secret.", err)
	}
	if s := strings.TrimSpace(string(text)); s != "" {
		return s, nil
	}
	return "", problem.New(problem.Invalid, "The file that "+flag+" names is empty. Put the secret in it.")
}

// How often the outbox is looked at, and how often old messages are taken out
// of it.
const (
	sendEvery  = 2 * time.Second
	sweepEvery = time.Minute
)

// deliver takes messages out until ctx ends. waiting is how many there are, for
// the metrics.
func deliver(ctx context.Context, out *notify.Outbox, ways notify.Ways, log *slog.Logger, waiting *atomic.Int64) {
	send, sweep := time.NewTicker(sendEvery), time.NewTicker(sweepEvery)
	defer send.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-send.C:
			if len(ways) > 0 {
				_, err = out.Deliver(ctx, ways)
			}
		case <-sweep.C:
			var n int64
			n, err = out.Sweep(ctx)
			waiting.Store(n)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			log.Warn("messages to people could not be looked at", "cause", problem.LogText(err))
		}
	}
}
