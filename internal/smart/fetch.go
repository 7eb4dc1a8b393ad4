package smart

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"golang.org/x/sync/singleflight"
)

// Bounds of fetching a client's keys. The address is one that the operator
// registered; what it answers is a stranger's.
const (
	fetchTime  = fetch.Time
	keepKeys   = time.Hour        // at most, whatever their Cache-Control
	keepUnsaid = time.Minute      // where there is no Cache-Control
	keepFault  = 10 * time.Second // before an address that failed, or lacks a key, is asked again
	maxKept    = 1000             // addresses
)

// Doer sends a request; *http.Client is one.
type Doer = fetch.Doer

// fetcher fetches the keys of clients and keeps them for a while.
type fetcher struct {
	given, public, private Doer
	now                    func() time.Time
	flight                 singleflight.Group // many requests at once are one fetch
	mu                     sync.Mutex
	kept                   map[string]kept
}

type kept struct {
	set   client.KeySet
	err   error
	asked time.Time
	until time.Time
}

func newFetcher(given Doer, now func() time.Time) *fetcher {
	return &fetcher{given: given, public: fetch.Public(), private: fetch.Private(), now: now, kept: map[string]kept{}}
}

// keys gives the keys of a client: those that were registered, or those that
// lie at its address. kid is the key that is looked for; one that is not among
// those that are kept may be new.
func (f *fetcher) keys(ctx context.Context, cl client.Client, kid string) (client.KeySet, error) {
	if cl.Keys != "" {
		return client.ParseKeys([]byte(cl.Keys))
	}
	if cl.KeysURL == "" { // what was given was damaged since: there is no key
		return client.KeySet{}, nil
	}
	now := f.now()
	f.mu.Lock()
	k, ok := f.kept[cl.KeysURL]
	f.mu.Unlock()
	fresh := ok && now.Before(k.until)
	again := now.Sub(k.asked) >= keepFault
	if fresh && (k.err != nil || k.set.Has(kid) || !again) {
		return k.set, k.err
	}
	v, err, _ := f.flight.Do(cl.KeysURL, func() (any, error) {
		// Not the asker's context: the answer is for others as well.
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer stop()
		set, life, err := f.fetch(ctx, cl)
		if err != nil {
			err, life = unreachable(err), keepFault
		}
		f.keep(cl.KeysURL, kept{set, err, now, now.Add(life)})
		return set, err
	})
	if err != nil {
		return client.KeySet{}, err
	}
	return v.(client.KeySet), nil
}

func (f *fetcher) keep(url string, k kept) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= maxKept {
		clear(f.kept)
	}
	f.kept[url] = k
}

func (f *fetcher) fetch(ctx context.Context, cl client.Client) (set client.KeySet, life time.Duration, err error) {
	c := f.given
	switch {
	case c != nil:
	case cl.PrivateNetwork:
		c = f.private
	default:
		c = f.public
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, cl.KeysURL, nil)
	if err != nil {
		return set, 0, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := c.Do(r)
	if err != nil {
		return set, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return set, 0, fmt.Errorf("smart: the address of a client's keys answered %d", answer.StatusCode)
	}
	b, err := fetch.Body(answer, client.MaxKeySet)
	if err != nil {
		return set, 0, err
	}
	set, err = client.ParseKeys(b)
	return set, fetch.Life(answer.Header.Values("Cache-Control"), keepUnsaid, keepKeys), err
}
