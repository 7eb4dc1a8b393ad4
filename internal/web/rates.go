package web

import (
	"errors"
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Rate is a bound on requests: Burst at once, and Each every second after
// that. The zero Rate, and any with an Each below one, is no bound.
type Rate struct{ Each, Burst int }

func (r Rate) none() bool { return r.Each < 1 }

// interval is the time in which one more request is earned, in microseconds.
func (r Rate) interval() int64 { return max(1_000_000/int64(r.Each), 1) }

// ahead is how far the burst lets the theoretical arrival time run ahead.
func (r Rate) ahead() int64 { return r.interval() * int64(max(r.Burst, 1)-1) }

// bucket keeps a Rate for any number of callers in memory that does not grow,
// by the generic cell rate algorithm (ITU-T I.371). A caller is counted in two
// slots and refused when both are full, so that sharing one with somebody else
// does no harm. Nobody outside knows the seeds, and so whose slots are whose.
type bucket struct {
	rate Rate
	seed [2]maphash.Seed
	mu   sync.Mutex
	tat  [2][]int64 // theoretical arrival times, microseconds
}

// bucketSlots is enough that ten thousand callers at once do not get in each
// other's way; a bucket takes a megabyte.
const bucketSlots = 1 << 16

func newBucket(r Rate) *bucket {
	b := &bucket{rate: r}
	for i := range b.tat {
		b.seed[i], b.tat[i] = maphash.MakeSeed(), make([]int64, bucketSlots)
	}
	return b
}

func (b *bucket) slots(key string) (s [2]*int64) {
	for i := range s {
		s[i] = &b.tat[i][maphash.String(b.seed[i], key)%bucketSlots]
	}
	return s
}

// take counts one request. in says in which slots it is counted; in none of
// them it is refused, and wait is when it would not be.
func (b *bucket) take(key string, at time.Time) (in [2]bool, wait time.Duration) {
	now := at.UnixMicro()
	most := now + b.rate.ahead()
	b.mu.Lock()
	defer b.mu.Unlock()
	soonest := int64(math.MaxInt64)
	for i, s := range b.slots(key) {
		if *s <= most {
			in[i] = true
			*s = max(*s, now) + b.rate.interval()
		}
		soonest = min(soonest, *s-most)
	}
	if in[0] || in[1] {
		return in, 0
	}
	return in, time.Duration(soonest) * time.Microsecond
}

// give takes back what take counted.
func (b *bucket) give(key string, in [2]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, s := range b.slots(key) {
		if in[i] {
			*s -= b.rate.interval()
		}
	}
}

// proven remembers which credentials were right a short while ago, in memory
// that does not grow: only a right one takes a place.
type proven struct {
	seed  [2]maphash.Seed
	mu    sync.Mutex
	marks []mark
}

type mark struct {
	print uint64
	until int64 // microseconds
}

// provenFor is how long a credential counts as right without having been seen.
const provenFor = 10 * time.Minute

func newProven() *proven {
	return &proven{seed: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, marks: make([]mark, bucketSlots)}
}

func (p *proven) at(key string) (*mark, uint64) {
	return &p.marks[maphash.String(p.seed[0], key)%bucketSlots], maphash.String(p.seed[1], key)
}

func (p *proven) has(key string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, print := p.at(key)
	return m.print == print && m.until > at.UnixMicro()
}

func (p *proven) set(key string, right bool, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, print := p.at(key)
	switch {
	case right:
		*m = mark{print, at.Add(provenFor).UnixMicro()}
	case m.print == print:
		*m = mark{}
	}
}

// rates are the bounds of one server. source bounds what comes from one address
// and has shown no right secret; actor bounds each one who has.
type rates struct {
	source, actor *bucket // nil for no bound
	proven        *proven
	now           func() time.Time
}

func newRates(source, actor Rate) *rates {
	r := &rates{proven: newProven(), now: time.Now}
	if !source.none() {
		r.source = newBucket(source)
	}
	if !actor.none() {
		r.actor = newBucket(actor)
	}
	return r
}

// pass is one request's way through the bounds.
type pass struct {
	rates   *rates
	source  string
	secret  string // what is presented, as far as it can be told before anything is read; may be empty
	counted [2]bool
	actor   string  // who showed a right secret; may be empty
	spent   [2]bool // where that is counted
	over    bool    // beyond the bound of its source, and not refused yet
	wait    time.Duration
}

// enter counts a request against its source. One that is beyond the bound is
// refused, but for one with a credential that was right a short while ago, and
// a form that may yet say who sends it.
func (r *rates) enter(q *http.Request) (*pass, error) {
	if r.source == nil {
		return &pass{rates: r}, nil
	}
	now := r.now()
	p := &pass{rates: r, source: sourceOf(q.RemoteAddr)}
	if h := q.Header.Get("Authorization"); h != "" {
		p.secret = p.source + "\x00" + h // from elsewhere it is another: nobody there can spoil it
	}
	if p.counted, p.wait = r.source.take(p.source, now); p.counted[0] || p.counted[1] {
		return p, nil
	}
	p.over = true
	switch {
	case p.secret != "" && r.proven.has(p.secret, now):
		p.over = false
	case p.secret == "" && q.Method == http.MethodPost && strings.HasPrefix(q.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
	default:
		return p, p.refuse()
	}
	return p, nil
}

func (p *pass) refuse() error {
	return tooMany{p.wait, problem.New(problem.TooMany, "There were too many requests from here. Wait as long as the header Retry-After says, then try again.")}
}

// wrong undoes what known did: the secret was no good after all. It is not held
// against the actor, whose name anybody can give, but against the source.
func (p *pass) wrong() {
	now := p.rates.now()
	if p.actor != "" && p.rates.actor != nil {
		p.rates.actor.give(p.actor, p.spent)
		p.actor, p.spent = "", [2]bool{}
	}
	if p.rates.source == nil {
		return
	}
	if p.secret != "" {
		p.rates.proven.set(p.secret, false, now)
	}
	if p.counted == ([2]bool{}) {
		p.counted, _ = p.rates.source.take(p.source, now)
	}
}

// Wrong tells the bounds that a secret was wrong, where the status of the
// refusal is not 401, which says so by itself.
func Wrong(w http.ResponseWriter) {
	if p := passOf(w); p != nil {
		p.wrong()
	}
}

// tooMany is a refusal that knows when to come back.
type tooMany struct {
	wait time.Duration
	error
}

// Unwrap gives the problem.
func (t tooMany) Unwrap() error { return t.error }

// retryAfter is the header's value (RFC 9110 section 10.2.3): whole seconds, at
// least one.
func retryAfter(err error) string {
	var t tooMany
	if errors.As(err, &t) {
		return strconv.FormatInt(max(int64((t.wait+time.Second-1)/time.Second), 1), 10)
	}
	return "1"
}

// sourceOf is what is counted as one caller: an address, or for IPv6 the /64
// that one customer has.
func sourceOf(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// passOf finds the pass of the request that w answers; nil outside a bounded
// door.
func passOf(w http.ResponseWriter) *pass {
	for {
		switch x := w.(type) {
		case *response:
			return x.way
		case interface{ Unwrap() http.ResponseWriter }:
			w = x.Unwrap()
		default:
			return nil
		}
	}
}

// Claims tells the bounds who a form says that it is from, before its secret is
// looked at. Beyond the bound of its source it is refused, unless the same
// client was right from there a short while ago: others there can not keep it
// out.
func Claims(w http.ResponseWriter, client func() string) error {
	p := passOf(w)
	if p == nil || !p.over {
		return nil
	}
	if !p.rates.proven.has(p.source+"\x00"+client(), p.rates.now()) {
		return p.refuse()
	}
	p.over = false
	return nil
}

// Known tells the bounds that the request showed a right secret, and whose. It
// costs its source nothing then, and is counted against the actor's own bound;
// the error is a refusal beyond that.
func Known(w http.ResponseWriter, actor, client string) error {
	p := passOf(w)
	if p == nil {
		return nil
	}
	now := p.rates.now()
	if p.rates.source != nil {
		p.rates.source.give(p.source, p.counted)
		p.counted, p.over = [2]bool{}, false
		if p.secret != "" {
			p.rates.proven.set(p.secret, true, now)
		}
		if client != "" {
			p.rates.proven.set(p.source+"\x00"+client, true, now)
		}
	}
	if p.rates.actor == nil {
		return nil
	}
	p.actor = actor
	var wait time.Duration
	if p.spent, wait = p.rates.actor.take(actor, now); p.spent == ([2]bool{}) {
		return tooMany{wait, problem.New(problem.TooMany, "You sent too many requests. Wait as long as the header Retry-After says, then try again.")}
	}
	return nil
}
