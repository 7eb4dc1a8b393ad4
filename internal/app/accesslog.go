package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/audit/witness"
	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// openLog opens the access log, and lets its tree grow.
func (h *house) openLog(ctx context.Context) (err error) {
	if h.log, err = audit.Open(ctx, h.logDB); err != nil {
		return err
	}
	// A name that lasts, whatever address the service moves to: receipts are kept for years.
	return h.log.Keep(ctx, h.ring, "bevan-access-log/"+h.ring.ID(), func(err error) {
		h.notes.Warn("entries of the access log wait for their place in its tree; nothing is lost", "cause", problem.LogText(err))
	})
}

// mountLog shows the checkpoint and the tree of the access log below a path.
func mountLog(server *web.Server, h *house, prefix string) error {
	if prefix == "off" {
		return nil
	}
	if prefix = strings.TrimSuffix(prefix, "/"); prefix == "" || prefix[0] != '/' || path.Clean(prefix) != prefix || strings.ContainsAny(prefix, "{} ") {
		return problem.New(problem.Invalid, "The path of the access log has to begin with a slash and be more than that, such as /log. Change --log-path, or turn it off.")
	}
	server.Mount(prefix+"/", func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return nil
		}
		f, err := h.log.File(r.Context(), strings.TrimPrefix(r.URL.Path, prefix+"/"))
		if err != nil {
			return err
		}
		head := w.Header()
		head.Set("Content-Type", f.Type)
		head.Set("Content-Length", strconv.Itoa(len(f.Data)))
		head.Set("X-Content-Type-Options", "nosniff")
		// Nobody's data: it is the same for everybody, and made to be copied.
		head.Set("Cache-Control", "public, max-age=1")
		if f.Lasting {
			head.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		_, err = w.Write(f.Data)
		return err
	}, nil)
	return nil
}

// witnesses are those that the operator named, each as KEY@URL.
func witnesses(named []string) (out []audit.Cosigner, err error) {
	for _, n := range named {
		key, at, _ := strings.Cut(n, "@")
		w, err := receipt.NewWitness(key)
		u, uerr := url.Parse(at)
		if err != nil || uerr != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return nil, problem.New(problem.Invalid, "A witness is named by its key and its address, as KEY@https://witness.example.org. bevan witness prints the key when it starts.")
		}
		out = append(out, witness.NewClient(at, w, fetch.Private()))
	}
	return out, nil
}

// witnessKeys are the keys of those that the operator named.
func witnessKeys(named []string) (keys []string) {
	for _, n := range named {
		key, _, _ := strings.Cut(n, "@")
		keys = append(keys, key)
	}
	return keys
}

// attestEvery is the time between two looks for a checkpoint that no witness has seen: people are promised
// a minute.
const attestEvery = 10 * time.Second

// attest has witnesses cosign the log until ctx ends. Without witnesses it asks nobody.
func attest(ctx context.Context, h *house, all []audit.Cosigner, log *slog.Logger) {
	if len(all) == 0 {
		return
	}
	tick := time.NewTicker(attestEvery)
	defer tick.Stop()
	for {
		if err := h.log.Attest(ctx, all); err != nil && ctx.Err() == nil {
			log.Warn("a witness did not cosign the access log; it is asked again", "cause", problem.LogText(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// maxCheckpoint is the size in bytes of the largest file with a checkpoint.
const maxCheckpoint = 1 << 16

// readBounded reads a file of at most so many bytes.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, problem.Wrap(problem.NotFound, "The file "+name+" could not be opened. Check its name.", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = errors.New("it is too large")
	}
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, fmt.Sprintf("The file %s could not be read. It may have at most %d bytes.", name, most), err)
	}
	return b, nil
}
