package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
)

// news puts a message into the outbox of a store that no server is on.
func news(t *testing.T, p place) {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{})
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.Write(t.Context(), func(tx *db.Tx) error {
		return h.outbox.Put(tx, notify.Message{Medium: notify.Phone, Address: "+447700900123", Kind: notify.RecoveryUsed, At: time.Unix(1_700_000_000, 0)})
	})
	if err != nil {
		t.Error(err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

// Messages leave a server that was told how, and wait in one that was not.
func TestServeTakesMessagesOut(t *testing.T) {
	got := make(chan string, 10)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
	}))
	defer service.Close()
	p := place{Data: filepath.Join(t.TempDir(), "data")}
	news(t, p)
	url, stop := serving(t, p.Data)
	if status, text := ask(t, "GET", url+"/metadata", "", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	stop()
	if len(got) != 0 {
		t.Error("a message left a server that was told of no way")
	}
	secret := write(t, filepath.Join(t.TempDir(), "secret"), strings.Repeat("s", 40)+"\n")
	if err := os.Chmod(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = serving(t, p.Data, "--notify-url", service.URL, "--notify-secret", secret, "--notify-private")
	if body := <-got; !strings.Contains(body, "+447700900123") || !strings.Contains(body, "recovery-used") || strings.Contains(body, "ssss") {
		t.Error(body)
	}
	stop()
	if len(got) != 0 {
		t.Error("it was sent twice")
	}
}

func TestWhatIsWrongWithTheWaysIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := write(t, filepath.Join(dir, name), text)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seen := file("seen", "name\nhunter2hunter2hunter2hunter2hunter2", 0o644)
	for want, m := range map[string]messages{
		"Mend --mail-relay":    {MailRelay: "mail.example", MailFrom: "bevan@example.org"},
		"--mail-from":          {MailRelay: "smtp://mail.example"},
		"chmod 600":            {MailRelay: "smtp://mail.example", MailFrom: "bevan@example.org", MailCredentials: seen},
		"second":               {MailRelay: "smtp://mail.example", MailFrom: "bevan@example.org", MailCredentials: file("half", "hunter2", 0o600)},
		"is empty":             {MailRelay: "smtp://mail.example", MailFrom: "bevan@example.org", MailCredentials: file("empty", "\n", 0o600)},
		"too long":             {NotifyURL: "https://notify.example", NotifySecret: file("long", strings.Repeat("hunter2", 1000), 0o600)},
		"could not be opened":  {NotifyURL: "https://notify.example", NotifySecret: filepath.Join(dir, "missing")},
		"A secret is needed":   {NotifyURL: "https://notify.example"},
		"too short":            {NotifyURL: "https://notify.example", NotifySecret: file("short", "hunter2", 0o600)},
		"Mend --notify-url":    {NotifyURL: "http://notify.example", NotifySecret: file("good", strings.Repeat("hunter2", 9), 0o600)},
		"names could not be o": {NotifyURL: "https://notify.example", NotifySecret: dir + "/none"},
	} {
		_, err := m.ways(notify.House{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
	ways, err := messages{}.ways(notify.House{})
	if err != nil || ways.Has(notify.Email) || ways.Has(notify.Phone) || ways.Send(context.Background(), notify.Message{}) == nil {
		t.Errorf("without anything named: %v", err)
	}
	ways, err = messages{MailRelay: "smtp://mail.example", MailFrom: "bevan@example.org"}.ways(notify.House{})
	if err != nil || !ways.Has(notify.Email) || ways.Has(notify.Phone) {
		t.Errorf("mail alone: %v", err)
	}
}
